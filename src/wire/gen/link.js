/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["lowbeat-link"] || ($protobuf.roots["lowbeat-link"] = {});

export const lowbeat = $root.lowbeat = (() => {

    /**
     * Namespace lowbeat.
     * @exports lowbeat
     * @namespace
     */
    const lowbeat = {};

    lowbeat.link = (function() {

        /**
         * Namespace link.
         * @memberof lowbeat
         * @namespace
         */
        const link = {};

        link.UpFrame = (function() {

            /**
             * Properties of an UpFrame.
             * @typedef {Object} lowbeat.link.UpFrame.$Properties
             * @property {number|null} [status] UpFrame status
             * @property {number|null} [promise] UpFrame promise
             * @property {Array.<number>|null} [acks] UpFrame acks
             * @property {Array.<lowbeat.link.Registration.$Properties>|null} [registrations] UpFrame registrations
             * @property {Array.<number>|null} [removals] UpFrame removals
             * @property {Array.<lowbeat.link.Message.$Properties>|null} [messages] UpFrame messages
             * @property {lowbeat.link.Settings.$Properties|null} [settings] UpFrame settings
             * @property {Array.<lowbeat.link.Handled.$Properties>|null} [handled] UpFrame handled
             * @property {Array.<number>|null} [cleared] UpFrame cleared
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an UpFrame.
             * @memberof lowbeat.link
             * @interface IUpFrame
             * @augments lowbeat.link.UpFrame.$Properties
             * @deprecated Use lowbeat.link.UpFrame.$Properties instead.
             */

            /**
             * Shape of an UpFrame.
             * @typedef {lowbeat.link.UpFrame.$Properties} lowbeat.link.UpFrame.$Shape
             */

            /**
             * Constructs a new UpFrame.
             * @memberof lowbeat.link
             * @classdesc Represents an UpFrame.
             * @constructor
             * @param {lowbeat.link.UpFrame.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const UpFrame = function (properties) {
                this.acks = [];
                this.registrations = [];
                this.removals = [];
                this.messages = [];
                this.handled = [];
                this.cleared = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * UpFrame status.
             * @member {number|null|undefined} status
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.status = null;

            /**
             * UpFrame promise.
             * @member {number} promise
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.promise = 0;

            /**
             * UpFrame acks.
             * @member {Array.<number>} acks
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.acks = $util.emptyArray;

            /**
             * UpFrame registrations.
             * @member {Array.<lowbeat.link.Registration.$Properties>} registrations
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.registrations = $util.emptyArray;

            /**
             * UpFrame removals.
             * @member {Array.<number>} removals
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.removals = $util.emptyArray;

            /**
             * UpFrame messages.
             * @member {Array.<lowbeat.link.Message.$Properties>} messages
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.messages = $util.emptyArray;

            /**
             * UpFrame settings.
             * @member {lowbeat.link.Settings.$Properties|null|undefined} settings
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.settings = null;

            /**
             * UpFrame handled.
             * @member {Array.<lowbeat.link.Handled.$Properties>} handled
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.handled = $util.emptyArray;

            /**
             * UpFrame cleared.
             * @member {Array.<number>} cleared
             * @memberof lowbeat.link.UpFrame
             * @instance
             */
            UpFrame.prototype.cleared = $util.emptyArray;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(UpFrame.prototype, "_status", {
                get: $util.oneOfGetter($oneOfFields = ["status"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified UpFrame message. Does not implicitly {@link lowbeat.link.UpFrame.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.UpFrame
             * @static
             * @param {lowbeat.link.UpFrame.$Properties} message UpFrame message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            UpFrame.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.status != null && $Object.hasOwnProperty.call(message, "status"))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.status);
                if (message.promise != null && $Object.hasOwnProperty.call(message, "promise") && message.promise !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.promise);
                if (message.acks != null && message.acks.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).uint32s(message.acks);
                if (message.registrations != null && message.registrations.length)
                    for (let i = 0; i < message.registrations.length; ++i)
                        $root.lowbeat.link.Registration.encode(message.registrations[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.removals != null && message.removals.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).uint32s(message.removals);
                if (message.messages != null && message.messages.length)
                    for (let i = 0; i < message.messages.length; ++i)
                        $root.lowbeat.link.Message.encode(message.messages[i], writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.settings != null && $Object.hasOwnProperty.call(message, "settings"))
                    $root.lowbeat.link.Settings.encode(message.settings, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.handled != null && message.handled.length)
                    for (let i = 0; i < message.handled.length; ++i)
                        $root.lowbeat.link.Handled.encode(message.handled[i], writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.cleared != null && message.cleared.length)
                    writer.uint32(/* id 9, wireType 2 =*/74).uint32s(message.cleared);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an UpFrame message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.UpFrame
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.UpFrame & lowbeat.link.UpFrame.$Shape} UpFrame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            UpFrame.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.UpFrame();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            message.status = reader.uint32();
                            message._status = "status";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.promise = value;
                            else
                                delete message.promise;
                            continue;
                        }
                    case 3: {
                            if (wireType === 2) {
                                if (!(message.acks && message.acks.length))
                                    message.acks = [];
                                reader.uint32s(message.acks);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.acks && message.acks.length))
                                message.acks = [];
                            message.acks.push(reader.uint32());
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.registrations && message.registrations.length))
                                message.registrations = [];
                            message.registrations.push($root.lowbeat.link.Registration.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 5: {
                            if (wireType === 2) {
                                if (!(message.removals && message.removals.length))
                                    message.removals = [];
                                reader.uint32s(message.removals);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.removals && message.removals.length))
                                message.removals = [];
                            message.removals.push(reader.uint32());
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.messages && message.messages.length))
                                message.messages = [];
                            message.messages.push($root.lowbeat.link.Message.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.settings = $root.lowbeat.link.Settings.decode(reader, reader.size(), $undefined, _depth + 1, message.settings);
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if (!(message.handled && message.handled.length))
                                message.handled = [];
                            message.handled.push($root.lowbeat.link.Handled.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 9: {
                            if (wireType === 2) {
                                if (!(message.cleared && message.cleared.length))
                                    message.cleared = [];
                                reader.uint32s(message.cleared);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.cleared && message.cleared.length))
                                message.cleared = [];
                            message.cleared.push(reader.uint32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return UpFrame;
        })();

        link.DownFrame = (function() {

            /**
             * Properties of a DownFrame.
             * @typedef {Object} lowbeat.link.DownFrame.$Properties
             * @property {number|null} [id] DownFrame id
             * @property {number|null} [app] DownFrame app
             * @property {Uint8Array|null} [data] DownFrame data
             * @property {Array.<lowbeat.link.Notification.$Properties>|null} [more] DownFrame more
             * @property {Array.<lowbeat.link.Confirmation.$Properties>|null} [confirmations] DownFrame confirmations
             * @property {Array.<lowbeat.link.Rejection.$Properties>|null} [rejections] DownFrame rejections
             * @property {lowbeat.link.Advice.$Properties|null} [advice] DownFrame advice
             * @property {lowbeat.link.Close.$Properties|null} [close] DownFrame close
             * @property {Uint8Array|null} [encrypted] DownFrame encrypted
             * @property {Array.<lowbeat.link.Handled.$Properties>|null} [clears] DownFrame clears
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a DownFrame.
             * @memberof lowbeat.link
             * @interface IDownFrame
             * @augments lowbeat.link.DownFrame.$Properties
             * @deprecated Use lowbeat.link.DownFrame.$Properties instead.
             */

            /**
             * Shape of a DownFrame.
             * @typedef {lowbeat.link.DownFrame.$Properties} lowbeat.link.DownFrame.$Shape
             */

            /**
             * Constructs a new DownFrame.
             * @memberof lowbeat.link
             * @classdesc Represents a DownFrame.
             * @constructor
             * @param {lowbeat.link.DownFrame.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const DownFrame = function (properties) {
                this.more = [];
                this.confirmations = [];
                this.rejections = [];
                this.clears = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * DownFrame id.
             * @member {number} id
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.id = 0;

            /**
             * DownFrame app.
             * @member {number} app
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.app = 0;

            /**
             * DownFrame data.
             * @member {Uint8Array} data
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.data = $util.newBuffer([]);

            /**
             * DownFrame more.
             * @member {Array.<lowbeat.link.Notification.$Properties>} more
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.more = $util.emptyArray;

            /**
             * DownFrame confirmations.
             * @member {Array.<lowbeat.link.Confirmation.$Properties>} confirmations
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.confirmations = $util.emptyArray;

            /**
             * DownFrame rejections.
             * @member {Array.<lowbeat.link.Rejection.$Properties>} rejections
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.rejections = $util.emptyArray;

            /**
             * DownFrame advice.
             * @member {lowbeat.link.Advice.$Properties|null|undefined} advice
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.advice = null;

            /**
             * DownFrame close.
             * @member {lowbeat.link.Close.$Properties|null|undefined} close
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.close = null;

            /**
             * DownFrame encrypted.
             * @member {Uint8Array} encrypted
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.encrypted = $util.newBuffer([]);

            /**
             * DownFrame clears.
             * @member {Array.<lowbeat.link.Handled.$Properties>} clears
             * @memberof lowbeat.link.DownFrame
             * @instance
             */
            DownFrame.prototype.clears = $util.emptyArray;

            /**
             * Encodes the specified DownFrame message. Does not implicitly {@link lowbeat.link.DownFrame.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.DownFrame
             * @static
             * @param {lowbeat.link.DownFrame.$Properties} message DownFrame message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            DownFrame.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.id);
                if (message.app != null && $Object.hasOwnProperty.call(message, "app") && message.app !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.app);
                if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.data);
                if (message.more != null && message.more.length)
                    for (let i = 0; i < message.more.length; ++i)
                        $root.lowbeat.link.Notification.encode(message.more[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.confirmations != null && message.confirmations.length)
                    for (let i = 0; i < message.confirmations.length; ++i)
                        $root.lowbeat.link.Confirmation.encode(message.confirmations[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.rejections != null && message.rejections.length)
                    for (let i = 0; i < message.rejections.length; ++i)
                        $root.lowbeat.link.Rejection.encode(message.rejections[i], writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.advice != null && $Object.hasOwnProperty.call(message, "advice"))
                    $root.lowbeat.link.Advice.encode(message.advice, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.close != null && $Object.hasOwnProperty.call(message, "close"))
                    $root.lowbeat.link.Close.encode(message.close, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.encrypted != null && $Object.hasOwnProperty.call(message, "encrypted") && message.encrypted.length)
                    writer.uint32(/* id 9, wireType 2 =*/74).bytes(message.encrypted);
                if (message.clears != null && message.clears.length)
                    for (let i = 0; i < message.clears.length; ++i)
                        $root.lowbeat.link.Handled.encode(message.clears[i], writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a DownFrame message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.DownFrame
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.DownFrame & lowbeat.link.DownFrame.$Shape} DownFrame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            DownFrame.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.DownFrame();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.app = value;
                            else
                                delete message.app;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.data = value;
                            else
                                delete message.data;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.more && message.more.length))
                                message.more = [];
                            message.more.push($root.lowbeat.link.Notification.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.confirmations && message.confirmations.length))
                                message.confirmations = [];
                            message.confirmations.push($root.lowbeat.link.Confirmation.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.rejections && message.rejections.length))
                                message.rejections = [];
                            message.rejections.push($root.lowbeat.link.Rejection.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.advice = $root.lowbeat.link.Advice.decode(reader, reader.size(), $undefined, _depth + 1, message.advice);
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            message.close = $root.lowbeat.link.Close.decode(reader, reader.size(), $undefined, _depth + 1, message.close);
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.encrypted = value;
                            else
                                delete message.encrypted;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            if (!(message.clears && message.clears.length))
                                message.clears = [];
                            message.clears.push($root.lowbeat.link.Handled.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return DownFrame;
        })();

        link.Handled = (function() {

            /**
             * Properties of a Handled.
             * @typedef {Object} lowbeat.link.Handled.$Properties
             * @property {number|null} [app] Handled app
             * @property {Array.<number>|null} [ids] Handled ids
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Handled.
             * @memberof lowbeat.link
             * @interface IHandled
             * @augments lowbeat.link.Handled.$Properties
             * @deprecated Use lowbeat.link.Handled.$Properties instead.
             */

            /**
             * Shape of a Handled.
             * @typedef {lowbeat.link.Handled.$Properties} lowbeat.link.Handled.$Shape
             */

            /**
             * Constructs a new Handled.
             * @memberof lowbeat.link
             * @classdesc Represents a Handled.
             * @constructor
             * @param {lowbeat.link.Handled.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Handled = function (properties) {
                this.ids = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Handled app.
             * @member {number} app
             * @memberof lowbeat.link.Handled
             * @instance
             */
            Handled.prototype.app = 0;

            /**
             * Handled ids.
             * @member {Array.<number>} ids
             * @memberof lowbeat.link.Handled
             * @instance
             */
            Handled.prototype.ids = $util.emptyArray;

            /**
             * Encodes the specified Handled message. Does not implicitly {@link lowbeat.link.Handled.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Handled
             * @static
             * @param {lowbeat.link.Handled.$Properties} message Handled message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Handled.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.app != null && $Object.hasOwnProperty.call(message, "app") && message.app !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.app);
                if (message.ids != null && message.ids.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.ids);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Handled message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Handled
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Handled & lowbeat.link.Handled.$Shape} Handled
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Handled.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Handled();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.app = value;
                            else
                                delete message.app;
                            continue;
                        }
                    case 2: {
                            if (wireType === 2) {
                                if (!(message.ids && message.ids.length))
                                    message.ids = [];
                                reader.uint32s(message.ids);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.ids && message.ids.length))
                                message.ids = [];
                            message.ids.push(reader.uint32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Handled;
        })();

        link.Notification = (function() {

            /**
             * Properties of a Notification.
             * @typedef {Object} lowbeat.link.Notification.$Properties
             * @property {number|null} [id] Notification id
             * @property {number|null} [app] Notification app
             * @property {Uint8Array|null} [data] Notification data
             * @property {number|null} [missed] Notification missed
             * @property {Uint8Array|null} [encrypted] Notification encrypted
             * @property {number|null} [missedFrom] Notification missedFrom
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Notification.
             * @memberof lowbeat.link
             * @interface INotification
             * @augments lowbeat.link.Notification.$Properties
             * @deprecated Use lowbeat.link.Notification.$Properties instead.
             */

            /**
             * Shape of a Notification.
             * @typedef {lowbeat.link.Notification.$Properties} lowbeat.link.Notification.$Shape
             */

            /**
             * Constructs a new Notification.
             * @memberof lowbeat.link
             * @classdesc Represents a Notification.
             * @constructor
             * @param {lowbeat.link.Notification.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Notification = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Notification id.
             * @member {number} id
             * @memberof lowbeat.link.Notification
             * @instance
             */
            Notification.prototype.id = 0;

            /**
             * Notification app.
             * @member {number} app
             * @memberof lowbeat.link.Notification
             * @instance
             */
            Notification.prototype.app = 0;

            /**
             * Notification data.
             * @member {Uint8Array} data
             * @memberof lowbeat.link.Notification
             * @instance
             */
            Notification.prototype.data = $util.newBuffer([]);

            /**
             * Notification missed.
             * @member {number} missed
             * @memberof lowbeat.link.Notification
             * @instance
             */
            Notification.prototype.missed = 0;

            /**
             * Notification encrypted.
             * @member {Uint8Array} encrypted
             * @memberof lowbeat.link.Notification
             * @instance
             */
            Notification.prototype.encrypted = $util.newBuffer([]);

            /**
             * Notification missedFrom.
             * @member {number} missedFrom
             * @memberof lowbeat.link.Notification
             * @instance
             */
            Notification.prototype.missedFrom = 0;

            /**
             * Encodes the specified Notification message. Does not implicitly {@link lowbeat.link.Notification.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Notification
             * @static
             * @param {lowbeat.link.Notification.$Properties} message Notification message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Notification.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.id);
                if (message.app != null && $Object.hasOwnProperty.call(message, "app") && message.app !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.app);
                if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.data);
                if (message.missed != null && $Object.hasOwnProperty.call(message, "missed") && message.missed !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.missed);
                if (message.encrypted != null && $Object.hasOwnProperty.call(message, "encrypted") && message.encrypted.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.encrypted);
                if (message.missedFrom != null && $Object.hasOwnProperty.call(message, "missedFrom") && message.missedFrom !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.missedFrom);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Notification message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Notification
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Notification & lowbeat.link.Notification.$Shape} Notification
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Notification.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Notification();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.app = value;
                            else
                                delete message.app;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.data = value;
                            else
                                delete message.data;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.missed = value;
                            else
                                delete message.missed;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.encrypted = value;
                            else
                                delete message.encrypted;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.missedFrom = value;
                            else
                                delete message.missedFrom;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Notification;
        })();

        link.Registration = (function() {

            /**
             * Properties of a Registration.
             * @typedef {Object} lowbeat.link.Registration.$Properties
             * @property {number|null} [request] Registration request
             * @property {string|null} [app] Registration app
             * @property {Uint8Array|null} [applicationServerKey] Registration applicationServerKey
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Registration.
             * @memberof lowbeat.link
             * @interface IRegistration
             * @augments lowbeat.link.Registration.$Properties
             * @deprecated Use lowbeat.link.Registration.$Properties instead.
             */

            /**
             * Shape of a Registration.
             * @typedef {lowbeat.link.Registration.$Properties} lowbeat.link.Registration.$Shape
             */

            /**
             * Constructs a new Registration.
             * @memberof lowbeat.link
             * @classdesc Represents a Registration.
             * @constructor
             * @param {lowbeat.link.Registration.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Registration = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Registration request.
             * @member {number} request
             * @memberof lowbeat.link.Registration
             * @instance
             */
            Registration.prototype.request = 0;

            /**
             * Registration app.
             * @member {string} app
             * @memberof lowbeat.link.Registration
             * @instance
             */
            Registration.prototype.app = "";

            /**
             * Registration applicationServerKey.
             * @member {Uint8Array} applicationServerKey
             * @memberof lowbeat.link.Registration
             * @instance
             */
            Registration.prototype.applicationServerKey = $util.newBuffer([]);

            /**
             * Encodes the specified Registration message. Does not implicitly {@link lowbeat.link.Registration.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Registration
             * @static
             * @param {lowbeat.link.Registration.$Properties} message Registration message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Registration.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.request != null && $Object.hasOwnProperty.call(message, "request") && message.request !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.request);
                if (message.app != null && $Object.hasOwnProperty.call(message, "app") && message.app !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.app);
                if (message.applicationServerKey != null && $Object.hasOwnProperty.call(message, "applicationServerKey") && message.applicationServerKey.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.applicationServerKey);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Registration message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Registration
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Registration & lowbeat.link.Registration.$Shape} Registration
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Registration.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Registration();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.request = value;
                            else
                                delete message.request;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.app = value;
                            else
                                delete message.app;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.applicationServerKey = value;
                            else
                                delete message.applicationServerKey;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Registration;
        })();

        link.Confirmation = (function() {

            /**
             * Properties of a Confirmation.
             * @typedef {Object} lowbeat.link.Confirmation.$Properties
             * @property {number|null} [request] Confirmation request
             * @property {number|null} [alias] Confirmation alias
             * @property {string|null} [subscription] Confirmation subscription
             * @property {string|null} [endpoint] Confirmation endpoint
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Confirmation.
             * @memberof lowbeat.link
             * @interface IConfirmation
             * @augments lowbeat.link.Confirmation.$Properties
             * @deprecated Use lowbeat.link.Confirmation.$Properties instead.
             */

            /**
             * Shape of a Confirmation.
             * @typedef {lowbeat.link.Confirmation.$Properties} lowbeat.link.Confirmation.$Shape
             */

            /**
             * Constructs a new Confirmation.
             * @memberof lowbeat.link
             * @classdesc Represents a Confirmation.
             * @constructor
             * @param {lowbeat.link.Confirmation.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Confirmation = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Confirmation request.
             * @member {number} request
             * @memberof lowbeat.link.Confirmation
             * @instance
             */
            Confirmation.prototype.request = 0;

            /**
             * Confirmation alias.
             * @member {number} alias
             * @memberof lowbeat.link.Confirmation
             * @instance
             */
            Confirmation.prototype.alias = 0;

            /**
             * Confirmation subscription.
             * @member {string} subscription
             * @memberof lowbeat.link.Confirmation
             * @instance
             */
            Confirmation.prototype.subscription = "";

            /**
             * Confirmation endpoint.
             * @member {string} endpoint
             * @memberof lowbeat.link.Confirmation
             * @instance
             */
            Confirmation.prototype.endpoint = "";

            /**
             * Encodes the specified Confirmation message. Does not implicitly {@link lowbeat.link.Confirmation.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Confirmation
             * @static
             * @param {lowbeat.link.Confirmation.$Properties} message Confirmation message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Confirmation.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.request != null && $Object.hasOwnProperty.call(message, "request") && message.request !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.request);
                if (message.alias != null && $Object.hasOwnProperty.call(message, "alias") && message.alias !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.alias);
                if (message.subscription != null && $Object.hasOwnProperty.call(message, "subscription") && message.subscription !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.subscription);
                if (message.endpoint != null && $Object.hasOwnProperty.call(message, "endpoint") && message.endpoint !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.endpoint);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Confirmation message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Confirmation
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Confirmation & lowbeat.link.Confirmation.$Shape} Confirmation
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Confirmation.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Confirmation();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.request = value;
                            else
                                delete message.request;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.alias = value;
                            else
                                delete message.alias;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.subscription = value;
                            else
                                delete message.subscription;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.endpoint = value;
                            else
                                delete message.endpoint;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Confirmation;
        })();

        link.Message = (function() {

            /**
             * Properties of a Message.
             * @typedef {Object} lowbeat.link.Message.$Properties
             * @property {number|null} [id] Message id
             * @property {number|null} [app] Message app
             * @property {Uint8Array|null} [data] Message data
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Message.
             * @memberof lowbeat.link
             * @interface IMessage
             * @augments lowbeat.link.Message.$Properties
             * @deprecated Use lowbeat.link.Message.$Properties instead.
             */

            /**
             * Shape of a Message.
             * @typedef {lowbeat.link.Message.$Properties} lowbeat.link.Message.$Shape
             */

            /**
             * Constructs a new Message.
             * @memberof lowbeat.link
             * @classdesc Represents a Message.
             * @constructor
             * @param {lowbeat.link.Message.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Message = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Message id.
             * @member {number} id
             * @memberof lowbeat.link.Message
             * @instance
             */
            Message.prototype.id = 0;

            /**
             * Message app.
             * @member {number} app
             * @memberof lowbeat.link.Message
             * @instance
             */
            Message.prototype.app = 0;

            /**
             * Message data.
             * @member {Uint8Array} data
             * @memberof lowbeat.link.Message
             * @instance
             */
            Message.prototype.data = $util.newBuffer([]);

            /**
             * Encodes the specified Message message. Does not implicitly {@link lowbeat.link.Message.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Message
             * @static
             * @param {lowbeat.link.Message.$Properties} message Message message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Message.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.id);
                if (message.app != null && $Object.hasOwnProperty.call(message, "app") && message.app !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.app);
                if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.data);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Message message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Message
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Message & lowbeat.link.Message.$Shape} Message
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Message.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Message();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.app = value;
                            else
                                delete message.app;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.data = value;
                            else
                                delete message.data;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Message;
        })();

        link.Rejection = (function() {

            /**
             * Properties of a Rejection.
             * @typedef {Object} lowbeat.link.Rejection.$Properties
             * @property {number|null} [request] Rejection request
             * @property {number|null} [message] Rejection message
             * @property {number|null} [code] Rejection code
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Rejection.
             * @memberof lowbeat.link
             * @interface IRejection
             * @augments lowbeat.link.Rejection.$Properties
             * @deprecated Use lowbeat.link.Rejection.$Properties instead.
             */

            /**
             * Shape of a Rejection.
             * @typedef {lowbeat.link.Rejection.$Properties} lowbeat.link.Rejection.$Shape
             */

            /**
             * Constructs a new Rejection.
             * @memberof lowbeat.link
             * @classdesc Represents a Rejection.
             * @constructor
             * @param {lowbeat.link.Rejection.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Rejection = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Rejection request.
             * @member {number} request
             * @memberof lowbeat.link.Rejection
             * @instance
             */
            Rejection.prototype.request = 0;

            /**
             * Rejection message.
             * @member {number} message
             * @memberof lowbeat.link.Rejection
             * @instance
             */
            Rejection.prototype.message = 0;

            /**
             * Rejection code.
             * @member {number} code
             * @memberof lowbeat.link.Rejection
             * @instance
             */
            Rejection.prototype.code = 0;

            /**
             * Encodes the specified Rejection message. Does not implicitly {@link lowbeat.link.Rejection.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Rejection
             * @static
             * @param {lowbeat.link.Rejection.$Properties} message Rejection message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Rejection.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.request != null && $Object.hasOwnProperty.call(message, "request") && message.request !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.request);
                if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.message);
                if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.code);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Rejection message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Rejection
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Rejection & lowbeat.link.Rejection.$Shape} Rejection
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Rejection.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Rejection();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.request = value;
                            else
                                delete message.request;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.message = value;
                            else
                                delete message.message;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.code = value;
                            else
                                delete message.code;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Rejection;
        })();

        link.Settings = (function() {

            /**
             * Properties of a Settings.
             * @typedef {Object} lowbeat.link.Settings.$Properties
             * @property {number|null} [minimumUrgency] Settings minimumUrgency
             * @property {Uint8Array|null} [network] Settings network
             * @property {number|null} [flow] Settings flow
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Settings.
             * @memberof lowbeat.link
             * @interface ISettings
             * @augments lowbeat.link.Settings.$Properties
             * @deprecated Use lowbeat.link.Settings.$Properties instead.
             */

            /**
             * Shape of a Settings.
             * @typedef {lowbeat.link.Settings.$Properties} lowbeat.link.Settings.$Shape
             */

            /**
             * Constructs a new Settings.
             * @memberof lowbeat.link
             * @classdesc Represents a Settings.
             * @constructor
             * @param {lowbeat.link.Settings.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Settings = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Settings minimumUrgency.
             * @member {number|null|undefined} minimumUrgency
             * @memberof lowbeat.link.Settings
             * @instance
             */
            Settings.prototype.minimumUrgency = null;

            /**
             * Settings network.
             * @member {Uint8Array} network
             * @memberof lowbeat.link.Settings
             * @instance
             */
            Settings.prototype.network = $util.newBuffer([]);

            /**
             * Settings flow.
             * @member {number} flow
             * @memberof lowbeat.link.Settings
             * @instance
             */
            Settings.prototype.flow = 0;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Settings.prototype, "_minimumUrgency", {
                get: $util.oneOfGetter($oneOfFields = ["minimumUrgency"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Settings message. Does not implicitly {@link lowbeat.link.Settings.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Settings
             * @static
             * @param {lowbeat.link.Settings.$Properties} message Settings message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Settings.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.minimumUrgency != null && $Object.hasOwnProperty.call(message, "minimumUrgency"))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.minimumUrgency);
                if (message.network != null && $Object.hasOwnProperty.call(message, "network") && message.network.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.network);
                if (message.flow != null && $Object.hasOwnProperty.call(message, "flow") && message.flow !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.flow);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Settings message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Settings
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Settings & lowbeat.link.Settings.$Shape} Settings
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Settings.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Settings();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            message.minimumUrgency = reader.uint32();
                            message._minimumUrgency = "minimumUrgency";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.network = value;
                            else
                                delete message.network;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.flow = value;
                            else
                                delete message.flow;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Settings;
        })();

        link.Advice = (function() {

            /**
             * Properties of an Advice.
             * @typedef {Object} lowbeat.link.Advice.$Properties
             * @property {number|null} [freshness] Advice freshness
             * @property {Uint8Array|null} [fleet] Advice fleet
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Advice.
             * @memberof lowbeat.link
             * @interface IAdvice
             * @augments lowbeat.link.Advice.$Properties
             * @deprecated Use lowbeat.link.Advice.$Properties instead.
             */

            /**
             * Shape of an Advice.
             * @typedef {lowbeat.link.Advice.$Properties} lowbeat.link.Advice.$Shape
             */

            /**
             * Constructs a new Advice.
             * @memberof lowbeat.link
             * @classdesc Represents an Advice.
             * @constructor
             * @param {lowbeat.link.Advice.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Advice = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Advice freshness.
             * @member {number|null|undefined} freshness
             * @memberof lowbeat.link.Advice
             * @instance
             */
            Advice.prototype.freshness = null;

            /**
             * Advice fleet.
             * @member {Uint8Array} fleet
             * @memberof lowbeat.link.Advice
             * @instance
             */
            Advice.prototype.fleet = $util.newBuffer([]);

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Advice.prototype, "_freshness", {
                get: $util.oneOfGetter($oneOfFields = ["freshness"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Advice message. Does not implicitly {@link lowbeat.link.Advice.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Advice
             * @static
             * @param {lowbeat.link.Advice.$Properties} message Advice message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Advice.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.freshness != null && $Object.hasOwnProperty.call(message, "freshness"))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.freshness);
                if (message.fleet != null && $Object.hasOwnProperty.call(message, "fleet") && message.fleet.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.fleet);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Advice message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Advice
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Advice & lowbeat.link.Advice.$Shape} Advice
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Advice.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Advice();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            message.freshness = reader.uint32();
                            message._freshness = "freshness";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.fleet = value;
                            else
                                delete message.fleet;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Advice;
        })();

        link.Close = (function() {

            /**
             * Properties of a Close.
             * @typedef {Object} lowbeat.link.Close.$Properties
             * @property {number|null} [reason] Close reason
             * @property {number|null} [notBefore] Close notBefore
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Close.
             * @memberof lowbeat.link
             * @interface IClose
             * @augments lowbeat.link.Close.$Properties
             * @deprecated Use lowbeat.link.Close.$Properties instead.
             */

            /**
             * Shape of a Close.
             * @typedef {lowbeat.link.Close.$Properties} lowbeat.link.Close.$Shape
             */

            /**
             * Constructs a new Close.
             * @memberof lowbeat.link
             * @classdesc Represents a Close.
             * @constructor
             * @param {lowbeat.link.Close.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Close = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Close reason.
             * @member {number} reason
             * @memberof lowbeat.link.Close
             * @instance
             */
            Close.prototype.reason = 0;

            /**
             * Close notBefore.
             * @member {number} notBefore
             * @memberof lowbeat.link.Close
             * @instance
             */
            Close.prototype.notBefore = 0;

            /**
             * Encodes the specified Close message. Does not implicitly {@link lowbeat.link.Close.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.link.Close
             * @static
             * @param {lowbeat.link.Close.$Properties} message Close message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Close.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.reason);
                if (message.notBefore != null && $Object.hasOwnProperty.call(message, "notBefore") && message.notBefore !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.notBefore);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Close message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.link.Close
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.link.Close & lowbeat.link.Close.$Shape} Close
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Close.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.link.Close();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.notBefore = value;
                            else
                                delete message.notBefore;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Close;
        })();

        return link;
    })();

    return lowbeat;
})();

export {
  $root as default
};
