import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace lowbeat. */
export namespace lowbeat {

    /** Namespace record. */
    namespace record {

        /**
         * Properties of a User.
         * @deprecated Use lowbeat.record.User.$Properties instead.
         */
        interface IUser extends lowbeat.record.User.$Properties {
        }

        /** Represents a User. */
        class User {

            /**
             * Constructs a new User.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.User.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** User id. */
            id: string;

            /** User name. */
            name: string;

            /** User createdAtMs. */
            createdAtMs: number;

            /** User manualStatus. */
            manualStatus: string;

            /** User zone. */
            zone: string;

            /** User operator. */
            operator: boolean;

            /**
             * Encodes the specified User message. Does not implicitly {@link lowbeat.record.User.verify|verify} messages.
             * @param message User message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.User.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a User message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.User & lowbeat.record.User.$Shape} User
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.User & lowbeat.record.User.$Shape;
        }

        namespace User {

            /** Properties of a User. */
            interface $Properties {

                /** User id */
                id?: (string|null);

                /** User name */
                name?: (string|null);

                /** User createdAtMs */
                createdAtMs?: (number|null);

                /** User manualStatus */
                manualStatus?: (string|null);

                /** User zone */
                zone?: (string|null);

                /** User operator */
                operator?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a User. */
            type $Shape = lowbeat.record.User.$Properties;
        }

        /**
         * Properties of a Device.
         * @deprecated Use lowbeat.record.Device.$Properties instead.
         */
        interface IDevice extends lowbeat.record.Device.$Properties {
        }

        /** Represents a Device. */
        class Device {

            /**
             * Constructs a new Device.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Device.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Device id. */
            id: string;

            /** Device user. */
            user: string;

            /** Device name. */
            name: string;

            /** Device tokenHash. */
            tokenHash: Uint8Array;

            /** Device createdAtMs. */
            createdAtMs: number;

            /** Device minimumUrgency. */
            minimumUrgency: number;

            /** Device push. */
            push?: (lowbeat.record.PushSubscription.$Properties|null);

            /**
             * Encodes the specified Device message. Does not implicitly {@link lowbeat.record.Device.verify|verify} messages.
             * @param message Device message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Device.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Device message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Device & lowbeat.record.Device.$Shape} Device
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Device & lowbeat.record.Device.$Shape;
        }

        namespace Device {

            /** Properties of a Device. */
            interface $Properties {

                /** Device id */
                id?: (string|null);

                /** Device user */
                user?: (string|null);

                /** Device name */
                name?: (string|null);

                /** Device tokenHash */
                tokenHash?: (Uint8Array|null);

                /** Device createdAtMs */
                createdAtMs?: (number|null);

                /** Device minimumUrgency */
                minimumUrgency?: (number|null);

                /** Device push */
                push?: (lowbeat.record.PushSubscription.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Device. */
            type $Shape = lowbeat.record.Device.$Properties;
        }

        /**
         * Properties of a PushSubscription.
         * @deprecated Use lowbeat.record.PushSubscription.$Properties instead.
         */
        interface IPushSubscription extends lowbeat.record.PushSubscription.$Properties {
        }

        /** Represents a PushSubscription. */
        class PushSubscription {

            /**
             * Constructs a new PushSubscription.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.PushSubscription.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PushSubscription endpoint. */
            endpoint: string;

            /** PushSubscription p256dh. */
            p256dh: Uint8Array;

            /** PushSubscription auth. */
            auth: Uint8Array;

            /**
             * Encodes the specified PushSubscription message. Does not implicitly {@link lowbeat.record.PushSubscription.verify|verify} messages.
             * @param message PushSubscription message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.PushSubscription.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PushSubscription message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.PushSubscription & lowbeat.record.PushSubscription.$Shape} PushSubscription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.PushSubscription & lowbeat.record.PushSubscription.$Shape;
        }

        namespace PushSubscription {

            /** Properties of a PushSubscription. */
            interface $Properties {

                /** PushSubscription endpoint */
                endpoint?: (string|null);

                /** PushSubscription p256dh */
                p256dh?: (Uint8Array|null);

                /** PushSubscription auth */
                auth?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PushSubscription. */
            type $Shape = lowbeat.record.PushSubscription.$Properties;
        }

        /**
         * Properties of an App.
         * @deprecated Use lowbeat.record.App.$Properties instead.
         */
        interface IApp extends lowbeat.record.App.$Properties {
        }

        /** Represents an App. */
        class App {

            /**
             * Constructs a new App.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.App.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** App id. */
            id: string;

            /** App name. */
            name: string;

            /** App secretHash. */
            secretHash: Uint8Array;

            /** App createdAtMs. */
            createdAtMs: number;

            /** App redirectUris. */
            redirectUris: string[];

            /** App domain. */
            domain: string;

            /** App owner. */
            owner: string;

            /** App webhook. */
            webhook: string;

            /** App deactivated. */
            deactivated: boolean;

            /**
             * Encodes the specified App message. Does not implicitly {@link lowbeat.record.App.verify|verify} messages.
             * @param message App message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.App.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an App message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.App & lowbeat.record.App.$Shape} App
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.App & lowbeat.record.App.$Shape;
        }

        namespace App {

            /** Properties of an App. */
            interface $Properties {

                /** App id */
                id?: (string|null);

                /** App name */
                name?: (string|null);

                /** App secretHash */
                secretHash?: (Uint8Array|null);

                /** App createdAtMs */
                createdAtMs?: (number|null);

                /** App redirectUris */
                redirectUris?: (string[]|null);

                /** App domain */
                domain?: (string|null);

                /** App owner */
                owner?: (string|null);

                /** App webhook */
                webhook?: (string|null);

                /** App deactivated */
                deactivated?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an App. */
            type $Shape = lowbeat.record.App.$Properties;
        }

        /**
         * Properties of a Grant.
         * @deprecated Use lowbeat.record.Grant.$Properties instead.
         */
        interface IGrant extends lowbeat.record.Grant.$Properties {
        }

        /** Represents a Grant. */
        class Grant {

            /**
             * Constructs a new Grant.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Grant.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Grant uid. */
            uid: string;

            /** Grant user. */
            user: string;

            /** Grant app. */
            app: string;

            /** Grant scopes. */
            scopes: string[];

            /** Grant paused. */
            paused: boolean;

            /** Grant revokedAtMs. */
            revokedAtMs?: (number|null);

            /** Grant createdAtMs. */
            createdAtMs: number;

            /** Grant schedule. */
            schedule?: (lowbeat.record.Schedule.$Properties|null);

            /** Grant followsPhone. */
            followsPhone: boolean;

            /** Grant dropsOutside. */
            dropsOutside: boolean;

            /**
             * Encodes the specified Grant message. Does not implicitly {@link lowbeat.record.Grant.verify|verify} messages.
             * @param message Grant message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Grant.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Grant message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Grant & lowbeat.record.Grant.$Shape} Grant
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Grant & lowbeat.record.Grant.$Shape;
        }

        namespace Grant {

            /** Properties of a Grant. */
            interface $Properties {

                /** Grant uid */
                uid?: (string|null);

                /** Grant user */
                user?: (string|null);

                /** Grant app */
                app?: (string|null);

                /** Grant scopes */
                scopes?: (string[]|null);

                /** Grant paused */
                paused?: (boolean|null);

                /** Grant revokedAtMs */
                revokedAtMs?: (number|null);

                /** Grant createdAtMs */
                createdAtMs?: (number|null);

                /** Grant schedule */
                schedule?: (lowbeat.record.Schedule.$Properties|null);

                /** Grant followsPhone */
                followsPhone?: (boolean|null);

                /** Grant dropsOutside */
                dropsOutside?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Grant. */
            type $Shape = lowbeat.record.Grant.$Properties;
        }

        /**
         * Properties of a Schedule.
         * @deprecated Use lowbeat.record.Schedule.$Properties instead.
         */
        interface ISchedule extends lowbeat.record.Schedule.$Properties {
        }

        /** Represents a Schedule. */
        class Schedule {

            /**
             * Constructs a new Schedule.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Schedule.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Schedule zone. */
            zone: string;

            /** Schedule windows. */
            windows: lowbeat.record.Window.$Properties[];

            /**
             * Encodes the specified Schedule message. Does not implicitly {@link lowbeat.record.Schedule.verify|verify} messages.
             * @param message Schedule message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Schedule.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Schedule message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Schedule & lowbeat.record.Schedule.$Shape} Schedule
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Schedule & lowbeat.record.Schedule.$Shape;
        }

        namespace Schedule {

            /** Properties of a Schedule. */
            interface $Properties {

                /** Schedule zone */
                zone?: (string|null);

                /** Schedule windows */
                windows?: (lowbeat.record.Window.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Schedule. */
            type $Shape = lowbeat.record.Schedule.$Properties;
        }

        /**
         * Properties of a Window.
         * @deprecated Use lowbeat.record.Window.$Properties instead.
         */
        interface IWindow extends lowbeat.record.Window.$Properties {
        }

        /** Represents a Window. */
        class Window {

            /**
             * Constructs a new Window.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Window.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Window days. */
            days: number[];

            /** Window startMinute. */
            startMinute: number;

            /** Window endMinute. */
            endMinute: number;

            /**
             * Encodes the specified Window message. Does not implicitly {@link lowbeat.record.Window.verify|verify} messages.
             * @param message Window message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Window.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Window message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Window & lowbeat.record.Window.$Shape} Window
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Window & lowbeat.record.Window.$Shape;
        }

        namespace Window {

            /** Properties of a Window. */
            interface $Properties {

                /** Window days */
                days?: (number[]|null);

                /** Window startMinute */
                startMinute?: (number|null);

                /** Window endMinute */
                endMinute?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Window. */
            type $Shape = lowbeat.record.Window.$Properties;
        }

        /**
         * Properties of a Subscription.
         * @deprecated Use lowbeat.record.Subscription.$Properties instead.
         */
        interface ISubscription extends lowbeat.record.Subscription.$Properties {
        }

        /** Represents a Subscription. */
        class Subscription {

            /**
             * Constructs a new Subscription.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Subscription.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Subscription id. */
            id: string;

            /** Subscription device. */
            device: string;

            /** Subscription app. */
            app: string;

            /** Subscription alias. */
            alias: number;

            /** Subscription createdAtMs. */
            createdAtMs: number;

            /** Subscription applicationServerKey. */
            applicationServerKey: Uint8Array;

            /** Subscription endpointClosed. */
            endpointClosed: boolean;

            /**
             * Encodes the specified Subscription message. Does not implicitly {@link lowbeat.record.Subscription.verify|verify} messages.
             * @param message Subscription message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Subscription.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Subscription message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Subscription & lowbeat.record.Subscription.$Shape} Subscription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Subscription & lowbeat.record.Subscription.$Shape;
        }

        namespace Subscription {

            /** Properties of a Subscription. */
            interface $Properties {

                /** Subscription id */
                id?: (string|null);

                /** Subscription device */
                device?: (string|null);

                /** Subscription app */
                app?: (string|null);

                /** Subscription alias */
                alias?: (number|null);

                /** Subscription createdAtMs */
                createdAtMs?: (number|null);

                /** Subscription applicationServerKey */
                applicationServerKey?: (Uint8Array|null);

                /** Subscription endpointClosed */
                endpointClosed?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Subscription. */
            type $Shape = lowbeat.record.Subscription.$Properties;
        }

        /**
         * Properties of a QueueHead.
         * @deprecated Use lowbeat.record.QueueHead.$Properties instead.
         */
        interface IQueueHead extends lowbeat.record.QueueHead.$Properties {
        }

        /** Represents a QueueHead. */
        class QueueHead {

            /**
             * Constructs a new QueueHead.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.QueueHead.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** QueueHead nextId. */
            nextId: number;

            /** QueueHead nextAlias. */
            nextAlias: number;

            /** QueueHead waitingAliases. */
            waitingAliases: number[];

            /** QueueHead firstId. */
            firstId: number;

            /**
             * Encodes the specified QueueHead message. Does not implicitly {@link lowbeat.record.QueueHead.verify|verify} messages.
             * @param message QueueHead message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.QueueHead.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a QueueHead message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.QueueHead & lowbeat.record.QueueHead.$Shape} QueueHead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.QueueHead & lowbeat.record.QueueHead.$Shape;
        }

        namespace QueueHead {

            /** Properties of a QueueHead. */
            interface $Properties {

                /** QueueHead nextId */
                nextId?: (number|null);

                /** QueueHead nextAlias */
                nextAlias?: (number|null);

                /** QueueHead waitingAliases */
                waitingAliases?: (number[]|null);

                /** QueueHead firstId */
                firstId?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a QueueHead. */
            type $Shape = lowbeat.record.QueueHead.$Properties;
        }

        /**
         * Properties of a UserHead.
         * @deprecated Use lowbeat.record.UserHead.$Properties instead.
         */
        interface IUserHead extends lowbeat.record.UserHead.$Properties {
        }

        /** Represents a UserHead. */
        class UserHead {

            /**
             * Constructs a new UserHead.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.UserHead.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** UserHead nextId. */
            nextId: number;

            /**
             * Encodes the specified UserHead message. Does not implicitly {@link lowbeat.record.UserHead.verify|verify} messages.
             * @param message UserHead message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.UserHead.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a UserHead message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.UserHead & lowbeat.record.UserHead.$Shape} UserHead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.UserHead & lowbeat.record.UserHead.$Shape;
        }

        namespace UserHead {

            /** Properties of a UserHead. */
            interface $Properties {

                /** UserHead nextId */
                nextId?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a UserHead. */
            type $Shape = lowbeat.record.UserHead.$Properties;
        }

        /**
         * Properties of a Clears.
         * @deprecated Use lowbeat.record.Clears.$Properties instead.
         */
        interface IClears extends lowbeat.record.Clears.$Properties {
        }

        /** Represents a Clears. */
        class Clears {

            /**
             * Constructs a new Clears.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Clears.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Clears clears. */
            clears: lowbeat.record.Clear.$Properties[];

            /**
             * Encodes the specified Clears message. Does not implicitly {@link lowbeat.record.Clears.verify|verify} messages.
             * @param message Clears message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Clears.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Clears message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Clears & lowbeat.record.Clears.$Shape} Clears
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Clears & lowbeat.record.Clears.$Shape;
        }

        namespace Clears {

            /** Properties of a Clears. */
            interface $Properties {

                /** Clears clears */
                clears?: (lowbeat.record.Clear.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Clears. */
            type $Shape = lowbeat.record.Clears.$Properties;
        }

        /**
         * Properties of a Clear.
         * @deprecated Use lowbeat.record.Clear.$Properties instead.
         */
        interface IClear extends lowbeat.record.Clear.$Properties {
        }

        /** Represents a Clear. */
        class Clear {

            /**
             * Constructs a new Clear.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Clear.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Clear alias. */
            alias: number;

            /** Clear id. */
            id: number;

            /** Clear expiresAtMs. */
            expiresAtMs: number;

            /**
             * Encodes the specified Clear message. Does not implicitly {@link lowbeat.record.Clear.verify|verify} messages.
             * @param message Clear message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Clear.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Clear message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Clear & lowbeat.record.Clear.$Shape} Clear
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Clear & lowbeat.record.Clear.$Shape;
        }

        namespace Clear {

            /** Properties of a Clear. */
            interface $Properties {

                /** Clear alias */
                alias?: (number|null);

                /** Clear id */
                id?: (number|null);

                /** Clear expiresAtMs */
                expiresAtMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Clear. */
            type $Shape = lowbeat.record.Clear.$Properties;
        }

        /**
         * Properties of a SubscriptionQueue.
         * @deprecated Use lowbeat.record.SubscriptionQueue.$Properties instead.
         */
        interface ISubscriptionQueue extends lowbeat.record.SubscriptionQueue.$Properties {
        }

        /** Represents a SubscriptionQueue. */
        class SubscriptionQueue {

            /**
             * Constructs a new SubscriptionQueue.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.SubscriptionQueue.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SubscriptionQueue ids. */
            ids: number[];

            /** SubscriptionQueue missedId. */
            missedId: number;

            /** SubscriptionQueue expiresAtMs. */
            expiresAtMs?: (number|null);

            /**
             * Encodes the specified SubscriptionQueue message. Does not implicitly {@link lowbeat.record.SubscriptionQueue.verify|verify} messages.
             * @param message SubscriptionQueue message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.SubscriptionQueue.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SubscriptionQueue message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.SubscriptionQueue & lowbeat.record.SubscriptionQueue.$Shape} SubscriptionQueue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.SubscriptionQueue & lowbeat.record.SubscriptionQueue.$Shape;
        }

        namespace SubscriptionQueue {

            /** Properties of a SubscriptionQueue. */
            interface $Properties {

                /** SubscriptionQueue ids */
                ids?: (number[]|null);

                /** SubscriptionQueue missedId */
                missedId?: (number|null);

                /** SubscriptionQueue expiresAtMs */
                expiresAtMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SubscriptionQueue. */
            type $Shape = lowbeat.record.SubscriptionQueue.$Properties;
        }

        /**
         * Properties of a Notification.
         * @deprecated Use lowbeat.record.Notification.$Properties instead.
         */
        interface INotification extends lowbeat.record.Notification.$Properties {
        }

        /** Represents a Notification. */
        class Notification {

            /**
             * Constructs a new Notification.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Notification.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Notification id. */
            id: number;

            /** Notification subscription. */
            subscription: string;

            /** Notification alias. */
            alias: number;

            /** Notification urgency. */
            urgency: number;

            /** Notification topic. */
            topic: string;

            /** Notification acceptedAtMs. */
            acceptedAtMs: number;

            /** Notification expiresAtMs. */
            expiresAtMs: number;

            /** Notification data. */
            data: Uint8Array;

            /** Notification missed. */
            missed: number;

            /** Notification message. */
            message: string;

            /** Notification encrypted. */
            encrypted: boolean;

            /** Notification missedFrom. */
            missedFrom: number;

            /**
             * Encodes the specified Notification message. Does not implicitly {@link lowbeat.record.Notification.verify|verify} messages.
             * @param message Notification message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Notification.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Notification message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Notification & lowbeat.record.Notification.$Shape} Notification
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Notification & lowbeat.record.Notification.$Shape;
        }

        namespace Notification {

            /** Properties of a Notification. */
            interface $Properties {

                /** Notification id */
                id?: (number|null);

                /** Notification subscription */
                subscription?: (string|null);

                /** Notification alias */
                alias?: (number|null);

                /** Notification urgency */
                urgency?: (number|null);

                /** Notification topic */
                topic?: (string|null);

                /** Notification acceptedAtMs */
                acceptedAtMs?: (number|null);

                /** Notification expiresAtMs */
                expiresAtMs?: (number|null);

                /** Notification data */
                data?: (Uint8Array|null);

                /** Notification missed */
                missed?: (number|null);

                /** Notification message */
                message?: (string|null);

                /** Notification encrypted */
                encrypted?: (boolean|null);

                /** Notification missedFrom */
                missedFrom?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Notification. */
            type $Shape = lowbeat.record.Notification.$Properties;
        }

        /**
         * Properties of a Message.
         * @deprecated Use lowbeat.record.Message.$Properties instead.
         */
        interface IMessage extends lowbeat.record.Message.$Properties {
        }

        /** Represents a Message. */
        class Message {

            /**
             * Constructs a new Message.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Message.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Message sender. */
            sender: string;

            /** Message reference. */
            reference: string;

            /** Message uid. */
            uid: string;

            /** Message receiptWanted. */
            receiptWanted: boolean;

            /** Message receiptSent. */
            receiptSent: boolean;

            /** Message expiresAtMs. */
            expiresAtMs: number;

            /** Message targets. */
            targets: lowbeat.record.Target.$Properties[];

            /**
             * Encodes the specified Message message. Does not implicitly {@link lowbeat.record.Message.verify|verify} messages.
             * @param message Message message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Message.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Message message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Message & lowbeat.record.Message.$Shape} Message
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Message & lowbeat.record.Message.$Shape;
        }

        namespace Message {

            /** Properties of a Message. */
            interface $Properties {

                /** Message sender */
                sender?: (string|null);

                /** Message reference */
                reference?: (string|null);

                /** Message uid */
                uid?: (string|null);

                /** Message receiptWanted */
                receiptWanted?: (boolean|null);

                /** Message receiptSent */
                receiptSent?: (boolean|null);

                /** Message expiresAtMs */
                expiresAtMs?: (number|null);

                /** Message targets */
                targets?: (lowbeat.record.Target.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Message. */
            type $Shape = lowbeat.record.Message.$Properties;
        }

        /**
         * Properties of a Target.
         * @deprecated Use lowbeat.record.Target.$Properties instead.
         */
        interface ITarget extends lowbeat.record.Target.$Properties {
        }

        /** Represents a Target. */
        class Target {

            /**
             * Constructs a new Target.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Target.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Target device. */
            device: string;

            /** Target id. */
            id: number;

            /** Target fallback. */
            fallback: boolean;

            /**
             * Encodes the specified Target message. Does not implicitly {@link lowbeat.record.Target.verify|verify} messages.
             * @param message Target message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Target.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Target message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Target & lowbeat.record.Target.$Shape} Target
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Target & lowbeat.record.Target.$Shape;
        }

        namespace Target {

            /** Properties of a Target. */
            interface $Properties {

                /** Target device */
                device?: (string|null);

                /** Target id */
                id?: (number|null);

                /** Target fallback */
                fallback?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Target. */
            type $Shape = lowbeat.record.Target.$Properties;
        }

        /**
         * Properties of an OutboxItem.
         * @deprecated Use lowbeat.record.OutboxItem.$Properties instead.
         */
        interface IOutboxItem extends lowbeat.record.OutboxItem.$Properties {
        }

        /** Represents an OutboxItem. */
        class OutboxItem {

            /**
             * Constructs a new OutboxItem.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.OutboxItem.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** OutboxItem topic. */
            topic: string;

            /** OutboxItem payload. */
            payload: Uint8Array;

            /** OutboxItem uid. */
            uid: string;

            /** OutboxItem expiresAtMs. */
            expiresAtMs: number;

            /**
             * Encodes the specified OutboxItem message. Does not implicitly {@link lowbeat.record.OutboxItem.verify|verify} messages.
             * @param message OutboxItem message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.OutboxItem.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an OutboxItem message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.OutboxItem & lowbeat.record.OutboxItem.$Shape} OutboxItem
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.OutboxItem & lowbeat.record.OutboxItem.$Shape;
        }

        namespace OutboxItem {

            /** Properties of an OutboxItem. */
            interface $Properties {

                /** OutboxItem topic */
                topic?: (string|null);

                /** OutboxItem payload */
                payload?: (Uint8Array|null);

                /** OutboxItem uid */
                uid?: (string|null);

                /** OutboxItem expiresAtMs */
                expiresAtMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an OutboxItem. */
            type $Shape = lowbeat.record.OutboxItem.$Properties;
        }

        /**
         * Properties of an OutboxHead.
         * @deprecated Use lowbeat.record.OutboxHead.$Properties instead.
         */
        interface IOutboxHead extends lowbeat.record.OutboxHead.$Properties {
        }

        /** Represents an OutboxHead. */
        class OutboxHead {

            /**
             * Constructs a new OutboxHead.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.OutboxHead.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** OutboxHead nextSequence. */
            nextSequence: number;

            /** OutboxHead waiting. */
            waiting: number;

            /** OutboxHead expiresAtMs. */
            expiresAtMs: number;

            /** OutboxHead firstSequence. */
            firstSequence: number;

            /**
             * Encodes the specified OutboxHead message. Does not implicitly {@link lowbeat.record.OutboxHead.verify|verify} messages.
             * @param message OutboxHead message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.OutboxHead.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an OutboxHead message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.OutboxHead & lowbeat.record.OutboxHead.$Shape} OutboxHead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.OutboxHead & lowbeat.record.OutboxHead.$Shape;
        }

        namespace OutboxHead {

            /** Properties of an OutboxHead. */
            interface $Properties {

                /** OutboxHead nextSequence */
                nextSequence?: (number|null);

                /** OutboxHead waiting */
                waiting?: (number|null);

                /** OutboxHead expiresAtMs */
                expiresAtMs?: (number|null);

                /** OutboxHead firstSequence */
                firstSequence?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an OutboxHead. */
            type $Shape = lowbeat.record.OutboxHead.$Properties;
        }

        /**
         * Properties of a KeptKey.
         * @deprecated Use lowbeat.record.KeptKey.$Properties instead.
         */
        interface IKeptKey extends lowbeat.record.KeptKey.$Properties {
        }

        /** Represents a KeptKey. */
        class KeptKey {

            /**
             * Constructs a new KeptKey.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.KeptKey.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** KeptKey value. */
            value: Uint8Array;

            /**
             * Encodes the specified KeptKey message. Does not implicitly {@link lowbeat.record.KeptKey.verify|verify} messages.
             * @param message KeptKey message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.KeptKey.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a KeptKey message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.KeptKey & lowbeat.record.KeptKey.$Shape} KeptKey
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.KeptKey & lowbeat.record.KeptKey.$Shape;
        }

        namespace KeptKey {

            /** Properties of a KeptKey. */
            interface $Properties {

                /** KeptKey value */
                value?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a KeptKey. */
            type $Shape = lowbeat.record.KeptKey.$Properties;
        }

        /**
         * Properties of a Document.
         * @deprecated Use lowbeat.record.Document.$Properties instead.
         */
        interface IDocument extends lowbeat.record.Document.$Properties {
        }

        /** Represents a Document. */
        class Document {

            /**
             * Constructs a new Document.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Document.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Document kind. */
            kind: string;

            /** Document id. */
            id: string;

            /** Document owner. */
            owner: string;

            /** Document names. */
            names: string[];

            /** Document expiresAtMs. */
            expiresAtMs?: (number|null);

            /** Document value. */
            value: Uint8Array;

            /**
             * Encodes the specified Document message. Does not implicitly {@link lowbeat.record.Document.verify|verify} messages.
             * @param message Document message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Document.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Document message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Document & lowbeat.record.Document.$Shape} Document
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Document & lowbeat.record.Document.$Shape;
        }

        namespace Document {

            /** Properties of a Document. */
            interface $Properties {

                /** Document kind */
                kind?: (string|null);

                /** Document id */
                id?: (string|null);

                /** Document owner */
                owner?: (string|null);

                /** Document names */
                names?: (string[]|null);

                /** Document expiresAtMs */
                expiresAtMs?: (number|null);

                /** Document value */
                value?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Document. */
            type $Shape = lowbeat.record.Document.$Properties;
        }

        /**
         * Properties of a Counts.
         * @deprecated Use lowbeat.record.Counts.$Properties instead.
         */
        interface ICounts extends lowbeat.record.Counts.$Properties {
        }

        /** Represents a Counts. */
        class Counts {

            /**
             * Constructs a new Counts.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Counts.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Counts users. */
            users: number;

            /** Counts devices. */
            devices: number;

            /** Counts apps. */
            apps: number;

            /** Counts waitingNotifications. */
            waitingNotifications: number;

            /** Counts outboxItems. */
            outboxItems: number;

            /** Counts networks. */
            networks: number;

            /**
             * Encodes the specified Counts message. Does not implicitly {@link lowbeat.record.Counts.verify|verify} messages.
             * @param message Counts message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Counts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Counts message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Counts & lowbeat.record.Counts.$Shape} Counts
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Counts & lowbeat.record.Counts.$Shape;
        }

        namespace Counts {

            /** Properties of a Counts. */
            interface $Properties {

                /** Counts users */
                users?: (number|null);

                /** Counts devices */
                devices?: (number|null);

                /** Counts apps */
                apps?: (number|null);

                /** Counts waitingNotifications */
                waitingNotifications?: (number|null);

                /** Counts outboxItems */
                outboxItems?: (number|null);

                /** Counts networks */
                networks?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Counts. */
            type $Shape = lowbeat.record.Counts.$Properties;
        }

        /**
         * Properties of a Network.
         * @deprecated Use lowbeat.record.Network.$Properties instead.
         */
        interface INetwork extends lowbeat.record.Network.$Properties {
        }

        /** Represents a Network. */
        class Network {

            /**
             * Constructs a new Network.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.Network.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Network reports. */
            reports: lowbeat.record.NetworkReport.$Properties[];

            /**
             * Encodes the specified Network message. Does not implicitly {@link lowbeat.record.Network.verify|verify} messages.
             * @param message Network message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.Network.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Network message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.Network & lowbeat.record.Network.$Shape} Network
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.Network & lowbeat.record.Network.$Shape;
        }

        namespace Network {

            /** Properties of a Network. */
            interface $Properties {

                /** Network reports */
                reports?: (lowbeat.record.NetworkReport.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Network. */
            type $Shape = lowbeat.record.Network.$Properties;
        }

        /**
         * Properties of a NetworkReport.
         * @deprecated Use lowbeat.record.NetworkReport.$Properties instead.
         */
        interface INetworkReport extends lowbeat.record.NetworkReport.$Properties {
        }

        /** Represents a NetworkReport. */
        class NetworkReport {

            /**
             * Constructs a new NetworkReport.
             * @param [properties] Properties to set
             */
            constructor(properties?: lowbeat.record.NetworkReport.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** NetworkReport reporter. */
            reporter: number;

            /** NetworkReport step. */
            step: number;

            /** NetworkReport atMs. */
            atMs: number;

            /**
             * Encodes the specified NetworkReport message. Does not implicitly {@link lowbeat.record.NetworkReport.verify|verify} messages.
             * @param message NetworkReport message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lowbeat.record.NetworkReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a NetworkReport message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lowbeat.record.NetworkReport & lowbeat.record.NetworkReport.$Shape} NetworkReport
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lowbeat.record.NetworkReport & lowbeat.record.NetworkReport.$Shape;
        }

        namespace NetworkReport {

            /** Properties of a NetworkReport. */
            interface $Properties {

                /** NetworkReport reporter */
                reporter?: (number|null);

                /** NetworkReport step */
                step?: (number|null);

                /** NetworkReport atMs */
                atMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a NetworkReport. */
            type $Shape = lowbeat.record.NetworkReport.$Properties;
        }
    }
}
