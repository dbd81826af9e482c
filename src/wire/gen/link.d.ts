import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace lowbeat. */
export namespace lowbeat {

    /** Namespace link. */
    namespace link {

        /**
         * Properties of an UpFrame.
         * @deprecated Use lowbeat.link.UpFrame.$Properties instead.
         */
        interface IUpFrame extends lowbeat.link.UpFrame.$Properties {
        }

        /** Represents an UpFrame. */
        class UpFrame {

            /**
             * Constructs a new UpFrame.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.UpFrame.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** UpFrame status. */
            status?: (number|null);

            /** UpFrame promise. */
            promise: number;

            /** UpFrame acks. */
            acks: number[];

            /** UpFrame registrations. */
            registrations: lowbeat.link.Registration.$Properties[];

            /** UpFrame removals. */
            removals: number[];

            /** UpFrame messages. */
            messages: lowbeat.link.Message.$Properties[];

            /** UpFrame settings. */
            settings?: (lowbeat.link.Settings.$Properties|null);

            /** UpFrame handled. */
            handled: lowbeat.link.Handled.$Properties[];

            /** UpFrame cleared. */
            cleared: number[];

            /**
             * Encodes the specified UpFrame message. Does not implicitly {@link lowbeat.link.UpFrame.verify|verify} messages.
             * @param message UpFrame message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.UpFrame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an UpFrame message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.UpFrame & lowbeat.link.UpFrame.$Shape} UpFrame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.UpFrame & lowbeat.link.UpFrame.$Shape;
        }

        namespace UpFrame {

            /** Properties of an UpFrame. */
            interface $Properties {

                /** UpFrame status */
                status?: (number|null);

                /** UpFrame promise */
                promise?: (number|null);

                /** UpFrame acks */
                acks?: (number[]|null);

                /** UpFrame registrations */
                registrations?: (lowbeat.link.Registration.$Properties[]|null);

                /** UpFrame removals */
                removals?: (number[]|null);

                /** UpFrame messages */
                messages?: (lowbeat.link.Message.$Properties[]|null);

                /** UpFrame settings */
                settings?: (lowbeat.link.Settings.$Properties|null);

                /** UpFrame handled */
                handled?: (lowbeat.link.Handled.$Properties[]|null);

                /** UpFrame cleared */
                cleared?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an UpFrame. */
            type $Shape = lowbeat.link.UpFrame.$Properties;
        }

        /**
         * Properties of a DownFrame.
         * @deprecated Use lowbeat.link.DownFrame.$Properties instead.
         */
        interface IDownFrame extends lowbeat.link.DownFrame.$Properties {
        }

        /** Represents a DownFrame. */
        class DownFrame {

            /**
             * Constructs a new DownFrame.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.DownFrame.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DownFrame id. */
            id: number;

            /** DownFrame app. */
            app: number;

            /** DownFrame data. */
            data: Uint8Array;

            /** DownFrame more. */
            more: lowbeat.link.Notification.$Properties[];

            /** DownFrame confirmations. */
            confirmations: lowbeat.link.Confirmation.$Properties[];

            /** DownFrame rejections. */
            rejections: lowbeat.link.Rejection.$Properties[];

            /** DownFrame advice. */
            advice?: (lowbeat.link.Advice.$Properties|null);

            /** DownFrame close. */
            close?: (lowbeat.link.Close.$Properties|null);

            /** DownFrame encrypted. */
            encrypted: Uint8Array;

            /** DownFrame clears. */
            clears: lowbeat.link.Handled.$Properties[];

            /**
             * Encodes the specified DownFrame message. Does not implicitly {@link lowbeat.link.DownFrame.verify|verify} messages.
             * @param message DownFrame message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.DownFrame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DownFrame message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.DownFrame & lowbeat.link.DownFrame.$Shape} DownFrame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.DownFrame & lowbeat.link.DownFrame.$Shape;
        }

        namespace DownFrame {

            /** Properties of a DownFrame. */
            interface $Properties {

                /** DownFrame id */
                id?: (number|null);

                /** DownFrame app */
                app?: (number|null);

                /** DownFrame data */
                data?: (Uint8Array|null);

                /** DownFrame more */
                more?: (lowbeat.link.Notification.$Properties[]|null);

                /** DownFrame confirmations */
                confirmations?: (lowbeat.link.Confirmation.$Properties[]|null);

                /** DownFrame rejections */
                rejections?: (lowbeat.link.Rejection.$Properties[]|null);

                /** DownFrame advice */
                advice?: (lowbeat.link.Advice.$Properties|null);

                /** DownFrame close */
                close?: (lowbeat.link.Close.$Properties|null);

                /** DownFrame encrypted */
                encrypted?: (Uint8Array|null);

                /** DownFrame clears */
                clears?: (lowbeat.link.Handled.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DownFrame. */
            type $Shape = lowbeat.link.DownFrame.$Properties;
        }

        /**
         * Properties of a Handled.
         * @deprecated Use lowbeat.link.Handled.$Properties instead.
         */
        interface IHandled extends lowbeat.link.Handled.$Properties {
        }

        /** Represents a Handled. */
        class Handled {

            /**
             * Constructs a new Handled.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Handled.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Handled app. */
            app: number;

            /** Handled ids. */
            ids: number[];

            /**
             * Encodes the specified Handled message. Does not implicitly {@link lowbeat.link.Handled.verify|verify} messages.
             * @param message Handled message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Handled.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Handled message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Handled & lowbeat.link.Handled.$Shape} Handled
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Handled & lowbeat.link.Handled.$Shape;
        }

        namespace Handled {

            /** Properties of a Handled. */
            interface $Properties {

                /** Handled app */
                app?: (number|null);

                /** Handled ids */
                ids?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Handled. */
            type $Shape = lowbeat.link.Handled.$Properties;
        }

        /**
         * Properties of a Notification.
         * @deprecated Use lowbeat.link.Notification.$Properties instead.
         */
        interface INotification extends lowbeat.link.Notification.$Properties {
        }

        /** Represents a Notification. */
        class Notification {

            /**
             * Constructs a new Notification.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Notification.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Notification id. */
            id: number;

            /** Notification app. */
            app: number;

            /** Notification data. */
            data: Uint8Array;

            /** Notification missed. */
            missed: number;

            /** Notification encrypted. */
            encrypted: Uint8Array;

            /** Notification missedFrom. */
            missedFrom: number;

            /**
             * Encodes the specified Notification message. Does not implicitly {@link lowbeat.link.Notification.verify|verify} messages.
             * @param message Notification message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Notification.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Notification message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Notification & lowbeat.link.Notification.$Shape} Notification
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Notification & lowbeat.link.Notification.$Shape;
        }

        namespace Notification {

            /** Properties of a Notification. */
            interface $Properties {

                /** Notification id */
                id?: (number|null);

                /** Notification app */
                app?: (number|null);

                /** Notification data */
                data?: (Uint8Array|null);

                /** Notification missed */
                missed?: (number|null);

                /** Notification encrypted */
                encrypted?: (Uint8Array|null);

                /** Notification missedFrom */
                missedFrom?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Notification. */
            type $Shape = lowbeat.link.Notification.$Properties;
        }

        /**
         * Properties of a Registration.
         * @deprecated Use lowbeat.link.Registration.$Properties instead.
         */
        interface IRegistration extends lowbeat.link.Registration.$Properties {
        }

        /** Represents a Registration. */
        class Registration {

            /**
             * Constructs a new Registration.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Registration.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Registration request. */
            request: number;

            /** Registration app. */
            app: string;

            /** Registration applicationServerKey. */
            applicationServerKey: Uint8Array;

            /**
             * Encodes the specified Registration message. Does not implicitly {@link lowbeat.link.Registration.verify|verify} messages.
             * @param message Registration message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Registration.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Registration message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Registration & lowbeat.link.Registration.$Shape} Registration
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Registration & lowbeat.link.Registration.$Shape;
        }

        namespace Registration {

            /** Properties of a Registration. */
            interface $Properties {

                /** Registration request */
                request?: (number|null);

                /** Registration app */
                app?: (string|null);

                /** Registration applicationServerKey */
                applicationServerKey?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Registration. */
            type $Shape = lowbeat.link.Registration.$Properties;
        }

        /**
         * Properties of a Confirmation.
         * @deprecated Use lowbeat.link.Confirmation.$Properties instead.
         */
        interface IConfirmation extends lowbeat.link.Confirmation.$Properties {
        }

        /** Represents a Confirmation. */
        class Confirmation {

            /**
             * Constructs a new Confirmation.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Confirmation.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Confirmation request. */
            request: number;

            /** Confirmation alias. */
            alias: number;

            /** Confirmation subscription. */
            subscription: string;

            /** Confirmation endpoint. */
            endpoint: string;

            /**
             * Encodes the specified Confirmation message. Does not implicitly {@link lowbeat.link.Confirmation.verify|verify} messages.
             * @param message Confirmation message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Confirmation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Confirmation message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Confirmation & lowbeat.link.Confirmation.$Shape} Confirmation
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Confirmation & lowbeat.link.Confirmation.$Shape;
        }

        namespace Confirmation {

            /** Properties of a Confirmation. */
            interface $Properties {

                /** Confirmation request */
                request?: (number|null);

                /** Confirmation alias */
                alias?: (number|null);

                /** Confirmation subscription */
                subscription?: (string|null);

                /** Confirmation endpoint */
                endpoint?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Confirmation. */
            type $Shape = lowbeat.link.Confirmation.$Properties;
        }

        /**
         * Properties of a Message.
         * @deprecated Use lowbeat.link.Message.$Properties instead.
         */
        interface IMessage extends lowbeat.link.Message.$Properties {
        }

        /** Represents a Message. */
        class Message {

            /**
             * Constructs a new Message.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Message.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Message id. */
            id: number;

            /** Message app. */
            app: number;

            /** Message data. */
            data: Uint8Array;

            /**
             * Encodes the specified Message message. Does not implicitly {@link lowbeat.link.Message.verify|verify} messages.
             * @param message Message message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Message.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Message message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Message & lowbeat.link.Message.$Shape} Message
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Message & lowbeat.link.Message.$Shape;
        }

        namespace Message {

            /** Properties of a Message. */
            interface $Properties {

                /** Message id */
                id?: (number|null);

                /** Message app */
                app?: (number|null);

                /** Message data */
                data?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Message. */
            type $Shape = lowbeat.link.Message.$Properties;
        }

        /**
         * Properties of a Rejection.
         * @deprecated Use lowbeat.link.Rejection.$Properties instead.
         */
        interface IRejection extends lowbeat.link.Rejection.$Properties {
        }

        /** Represents a Rejection. */
        class Rejection {

            /**
             * Constructs a new Rejection.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Rejection.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Rejection request. */
            request: number;

            /** Rejection message. */
            message: number;

            /** Rejection code. */
            code: number;

            /**
             * Encodes the specified Rejection message. Does not implicitly {@link lowbeat.link.Rejection.verify|verify} messages.
             * @param message Rejection message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Rejection.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Rejection message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Rejection & lowbeat.link.Rejection.$Shape} Rejection
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Rejection & lowbeat.link.Rejection.$Shape;
        }

        namespace Rejection {

            /** Properties of a Rejection. */
            interface $Properties {

                /** Rejection request */
                request?: (number|null);

                /** Rejection message */
                message?: (number|null);

                /** Rejection code */
                code?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Rejection. */
            type $Shape = lowbeat.link.Rejection.$Properties;
        }

        /**
         * Properties of a Settings.
         * @deprecated Use lowbeat.link.Settings.$Properties instead.
         */
        interface ISettings extends lowbeat.link.Settings.$Properties {
        }

        /** Represents a Settings. */
        class Settings {

            /**
             * Constructs a new Settings.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Settings.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Settings minimumUrgency. */
            minimumUrgency?: (number|null);

            /** Settings network. */
            network: Uint8Array;

            /** Settings flow. */
            flow: number;

            /**
             * Encodes the specified Settings message. Does not implicitly {@link lowbeat.link.Settings.verify|verify} messages.
             * @param message Settings message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Settings.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Settings message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Settings & lowbeat.link.Settings.$Shape} Settings
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Settings & lowbeat.link.Settings.$Shape;
        }

        namespace Settings {

            /** Properties of a Settings. */
            interface $Properties {

                /** Settings minimumUrgency */
                minimumUrgency?: (number|null);

                /** Settings network */
                network?: (Uint8Array|null);

                /** Settings flow */
                flow?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Settings. */
            type $Shape = lowbeat.link.Settings.$Properties;
        }

        /**
         * Properties of an Advice.
         * @deprecated Use lowbeat.link.Advice.$Properties instead.
         */
        interface IAdvice extends lowbeat.link.Advice.$Properties {
        }

        /** Represents an Advice. */
        class Advice {

            /**
             * Constructs a new Advice.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Advice.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Advice freshness. */
            freshness?: (number|null);

            /** Advice fleet. */
            fleet: Uint8Array;

            /**
             * Encodes the specified Advice message. Does not implicitly {@link lowbeat.link.Advice.verify|verify} messages.
             * @param message Advice message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Advice.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Advice message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Advice & lowbeat.link.Advice.$Shape} Advice
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Advice & lowbeat.link.Advice.$Shape;
        }

        namespace Advice {

            /** Properties of an Advice. */
            interface $Properties {

                /** Advice freshness */
                freshness?: (number|null);

                /** Advice fleet */
                fleet?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Advice. */
            type $Shape = lowbeat.link.Advice.$Properties;
        }

        /**
         * Properties of a Close.
         * @deprecated Use lowbeat.link.Close.$Properties instead.
         */
        interface IClose extends lowbeat.link.Close.$Properties {
        }

        /** Represents a Close. */
        class Close {

            /**
             * Constructs a new Close.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.link.Close.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Close reason. */
            reason: number;

            /** Close notBefore. */
            notBefore: number;

            /**
             * Encodes the specified Close message. Does not implicitly {@link lowbeat.link.Close.verify|verify} messages.
             * @param message Close message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.link.Close.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Close message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.link.Close & lowbeat.link.Close.$Shape} Close
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.link.Close & lowbeat.link.Close.$Shape;
        }

        namespace Close {

            /** Properties of a Close. */
            interface $Properties {

                /** Close reason */
                reason?: (number|null);

                /** Close notBefore */
                notBefore?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Close. */
            type $Shape = lowbeat.link.Close.$Properties;
        }
    }
}
