/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["lowbeat-record"] || ($protobuf.roots["lowbeat-record"] = {});

export const lowbeat = $root.lowbeat = (() => {

    /**
     * Namespace lowbeat.
     * @exports lowbeat
     * @namespace
     */
    const lowbeat = {};

    lowbeat.record = (function() {

        /**
         * Namespace record.
         * @memberof lowbeat
         * @namespace
         */
        const record = {};

        record.User = (function() {

            /**
             * Properties of a User.
             * @typedef {Object} lowbeat.record.User.$Properties
             * @property {string|null} [id] User id
             * @property {string|null} [name] User name
             * @property {number|null} [createdAtMs] User createdAtMs
             * @property {string|null} [manualStatus] User manualStatus
             * @property {string|null} [zone] User zone
             * @property {boolean|null} [operator] User operator
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a User.
             * @memberof lowbeat.record
             * @interface IUser
             * @augments lowbeat.record.User.$Properties
             * @deprecated Use lowbeat.record.User.$Properties instead.
             */

            /**
             * Shape of a User.
             * @typedef {lowbeat.record.User.$Properties} lowbeat.record.User.$Shape
             */

            /**
             * Constructs a new User.
             * @memberof lowbeat.record
             * @classdesc Represents a User.
             * @constructor
             * @param {lowbeat.record.User.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const User = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * User id.
             * @member {string} id
             * @memberof lowbeat.record.User
             * @instance
             */
            User.prototype.id = "";

            /**
             * User name.
             * @member {string} name
             * @memberof lowbeat.record.User
             * @instance
             */
            User.prototype.name = "";

            /**
             * User createdAtMs.
             * @member {number} createdAtMs
             * @memberof lowbeat.record.User
             * @instance
             */
            User.prototype.createdAtMs = 0;

            /**
             * User manualStatus.
             * @member {string} manualStatus
             * @memberof lowbeat.record.User
             * @instance
             */
            User.prototype.manualStatus = "";

            /**
             * User zone.
             * @member {string} zone
             * @memberof lowbeat.record.User
             * @instance
             */
            User.prototype.zone = "";

            /**
             * User operator.
             * @member {boolean} operator
             * @memberof lowbeat.record.User
             * @instance
             */
            User.prototype.operator = false;

            /**
             * Encodes the specified User message. Does not implicitly {@link lowbeat.record.User.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.User
             * @static
             * @param {lowbeat.record.User.$Properties} message User message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            User.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.name);
                if (message.createdAtMs != null && $Object.hasOwnProperty.call(message, "createdAtMs") && !$Object.is(message.createdAtMs, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.createdAtMs);
                if (message.manualStatus != null && $Object.hasOwnProperty.call(message, "manualStatus") && message.manualStatus !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.manualStatus);
                if (message.zone != null && $Object.hasOwnProperty.call(message, "zone") && message.zone !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.zone);
                if (message.operator != null && $Object.hasOwnProperty.call(message, "operator") && message.operator !== false)
                    writer.uint32(/* id 6, wireType 0 =*/48).bool(message.operator);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a User message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.User
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.User & lowbeat.record.User.$Shape} User
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            User.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.User();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.createdAtMs = value;
                            else
                                delete message.createdAtMs;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.manualStatus = value;
                            else
                                delete message.manualStatus;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.zone = value;
                            else
                                delete message.zone;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.operator = value;
                            else
                                delete message.operator;
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

            return User;
        })();

        record.Device = (function() {

            /**
             * Properties of a Device.
             * @typedef {Object} lowbeat.record.Device.$Properties
             * @property {string|null} [id] Device id
             * @property {string|null} [user] Device user
             * @property {string|null} [name] Device name
             * @property {Uint8Array|null} [tokenHash] Device tokenHash
             * @property {number|null} [createdAtMs] Device createdAtMs
             * @property {number|null} [minimumUrgency] Device minimumUrgency
             * @property {lowbeat.record.PushSubscription.$Properties|null} [push] Device push
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Device.
             * @memberof lowbeat.record
             * @interface IDevice
             * @augments lowbeat.record.Device.$Properties
             * @deprecated Use lowbeat.record.Device.$Properties instead.
             */

            /**
             * Shape of a Device.
             * @typedef {lowbeat.record.Device.$Properties} lowbeat.record.Device.$Shape
             */

            /**
             * Constructs a new Device.
             * @memberof lowbeat.record
             * @classdesc Represents a Device.
             * @constructor
             * @param {lowbeat.record.Device.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Device = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Device id.
             * @member {string} id
             * @memberof lowbeat.record.Device
             * @instance
             */
            Device.prototype.id = "";

            /**
             * Device user.
             * @member {string} user
             * @memberof lowbeat.record.Device
             * @instance
             */
            Device.prototype.user = "";

            /**
             * Device name.
             * @member {string} name
             * @memberof lowbeat.record.Device
             * @instance
             */
            Device.prototype.name = "";

            /**
             * Device tokenHash.
             * @member {Uint8Array} tokenHash
             * @memberof lowbeat.record.Device
             * @instance
             */
            Device.prototype.tokenHash = $util.newBuffer([]);

            /**
             * Device createdAtMs.
             * @member {number} createdAtMs
             * @memberof lowbeat.record.Device
             * @instance
             */
            Device.prototype.createdAtMs = 0;

            /**
             * Device minimumUrgency.
             * @member {number} minimumUrgency
             * @memberof lowbeat.record.Device
             * @instance
             */
            Device.prototype.minimumUrgency = 0;

            /**
             * Device push.
             * @member {lowbeat.record.PushSubscription.$Properties|null|undefined} push
             * @memberof lowbeat.record.Device
             * @instance
             */
            Device.prototype.push = null;

            /**
             * Encodes the specified Device message. Does not implicitly {@link lowbeat.record.Device.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Device
             * @static
             * @param {lowbeat.record.Device.$Properties} message Device message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Device.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.user != null && $Object.hasOwnProperty.call(message, "user") && message.user !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.user);
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.name);
                if (message.tokenHash != null && $Object.hasOwnProperty.call(message, "tokenHash") && message.tokenHash.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.tokenHash);
                if (message.createdAtMs != null && $Object.hasOwnProperty.call(message, "createdAtMs") && !$Object.is(message.createdAtMs, 0))
                    writer.uint32(/* id 5, wireType 1 =*/41).double(message.createdAtMs);
                if (message.minimumUrgency != null && $Object.hasOwnProperty.call(message, "minimumUrgency") && message.minimumUrgency !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.minimumUrgency);
                if (message.push != null && $Object.hasOwnProperty.call(message, "push"))
                    $root.lowbeat.record.PushSubscription.encode(message.push, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Device message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Device
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Device & lowbeat.record.Device.$Shape} Device
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Device.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Device();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.user = value;
                            else
                                delete message.user;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.tokenHash = value;
                            else
                                delete message.tokenHash;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.createdAtMs = value;
                            else
                                delete message.createdAtMs;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.minimumUrgency = value;
                            else
                                delete message.minimumUrgency;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.push = $root.lowbeat.record.PushSubscription.decode(reader, reader.size(), $undefined, _depth + 1, message.push);
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

            return Device;
        })();

        record.PushSubscription = (function() {

            /**
             * Properties of a PushSubscription.
             * @typedef {Object} lowbeat.record.PushSubscription.$Properties
             * @property {string|null} [endpoint] PushSubscription endpoint
             * @property {Uint8Array|null} [p256dh] PushSubscription p256dh
             * @property {Uint8Array|null} [auth] PushSubscription auth
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PushSubscription.
             * @memberof lowbeat.record
             * @interface IPushSubscription
             * @augments lowbeat.record.PushSubscription.$Properties
             * @deprecated Use lowbeat.record.PushSubscription.$Properties instead.
             */

            /**
             * Shape of a PushSubscription.
             * @typedef {lowbeat.record.PushSubscription.$Properties} lowbeat.record.PushSubscription.$Shape
             */

            /**
             * Constructs a new PushSubscription.
             * @memberof lowbeat.record
             * @classdesc Represents a PushSubscription.
             * @constructor
             * @param {lowbeat.record.PushSubscription.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PushSubscription = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PushSubscription endpoint.
             * @member {string} endpoint
             * @memberof lowbeat.record.PushSubscription
             * @instance
             */
            PushSubscription.prototype.endpoint = "";

            /**
             * PushSubscription p256dh.
             * @member {Uint8Array} p256dh
             * @memberof lowbeat.record.PushSubscription
             * @instance
             */
            PushSubscription.prototype.p256dh = $util.newBuffer([]);

            /**
             * PushSubscription auth.
             * @member {Uint8Array} auth
             * @memberof lowbeat.record.PushSubscription
             * @instance
             */
            PushSubscription.prototype.auth = $util.newBuffer([]);

            /**
             * Encodes the specified PushSubscription message. Does not implicitly {@link lowbeat.record.PushSubscription.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.PushSubscription
             * @static
             * @param {lowbeat.record.PushSubscription.$Properties} message PushSubscription message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PushSubscription.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.endpoint != null && $Object.hasOwnProperty.call(message, "endpoint") && message.endpoint !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.endpoint);
                if (message.p256dh != null && $Object.hasOwnProperty.call(message, "p256dh") && message.p256dh.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.p256dh);
                if (message.auth != null && $Object.hasOwnProperty.call(message, "auth") && message.auth.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.auth);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PushSubscription message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.PushSubscription
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.PushSubscription & lowbeat.record.PushSubscription.$Shape} PushSubscription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PushSubscription.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.PushSubscription();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.endpoint = value;
                            else
                                delete message.endpoint;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.p256dh = value;
                            else
                                delete message.p256dh;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.auth = value;
                            else
                                delete message.auth;
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

            return PushSubscription;
        })();

        record.App = (function() {

            /**
             * Properties of an App.
             * @typedef {Object} lowbeat.record.App.$Properties
             * @property {string|null} [id] App id
             * @property {string|null} [name] App name
             * @property {Uint8Array|null} [secretHash] App secretHash
             * @property {number|null} [createdAtMs] App createdAtMs
             * @property {Array.<string>|null} [redirectUris] App redirectUris
             * @property {string|null} [domain] App domain
             * @property {string|null} [owner] App owner
             * @property {string|null} [webhook] App webhook
             * @property {boolean|null} [deactivated] App deactivated
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an App.
             * @memberof lowbeat.record
             * @interface IApp
             * @augments lowbeat.record.App.$Properties
             * @deprecated Use lowbeat.record.App.$Properties instead.
             */

            /**
             * Shape of an App.
             * @typedef {lowbeat.record.App.$Properties} lowbeat.record.App.$Shape
             */

            /**
             * Constructs a new App.
             * @memberof lowbeat.record
             * @classdesc Represents an App.
             * @constructor
             * @param {lowbeat.record.App.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const App = function (properties) {
                this.redirectUris = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * App id.
             * @member {string} id
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.id = "";

            /**
             * App name.
             * @member {string} name
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.name = "";

            /**
             * App secretHash.
             * @member {Uint8Array} secretHash
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.secretHash = $util.newBuffer([]);

            /**
             * App createdAtMs.
             * @member {number} createdAtMs
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.createdAtMs = 0;

            /**
             * App redirectUris.
             * @member {Array.<string>} redirectUris
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.redirectUris = $util.emptyArray;

            /**
             * App domain.
             * @member {string} domain
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.domain = "";

            /**
             * App owner.
             * @member {string} owner
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.owner = "";

            /**
             * App webhook.
             * @member {string} webhook
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.webhook = "";

            /**
             * App deactivated.
             * @member {boolean} deactivated
             * @memberof lowbeat.record.App
             * @instance
             */
            App.prototype.deactivated = false;

            /**
             * Encodes the specified App message. Does not implicitly {@link lowbeat.record.App.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.App
             * @static
             * @param {lowbeat.record.App.$Properties} message App message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            App.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.name);
                if (message.secretHash != null && $Object.hasOwnProperty.call(message, "secretHash") && message.secretHash.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.secretHash);
                if (message.createdAtMs != null && $Object.hasOwnProperty.call(message, "createdAtMs") && !$Object.is(message.createdAtMs, 0))
                    writer.uint32(/* id 4, wireType 1 =*/33).double(message.createdAtMs);
                if (message.redirectUris != null && message.redirectUris.length)
                    for (let i = 0; i < message.redirectUris.length; ++i)
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.redirectUris[i]);
                if (message.domain != null && $Object.hasOwnProperty.call(message, "domain") && message.domain !== "")
                    writer.uint32(/* id 6, wireType 2 =*/50).string(message.domain);
                if (message.owner != null && $Object.hasOwnProperty.call(message, "owner") && message.owner !== "")
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.owner);
                if (message.webhook != null && $Object.hasOwnProperty.call(message, "webhook") && message.webhook !== "")
                    writer.uint32(/* id 8, wireType 2 =*/66).string(message.webhook);
                if (message.deactivated != null && $Object.hasOwnProperty.call(message, "deactivated") && message.deactivated !== false)
                    writer.uint32(/* id 9, wireType 0 =*/72).bool(message.deactivated);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an App message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.App
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.App & lowbeat.record.App.$Shape} App
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            App.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.App();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.secretHash = value;
                            else
                                delete message.secretHash;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.createdAtMs = value;
                            else
                                delete message.createdAtMs;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.redirectUris && message.redirectUris.length))
                                message.redirectUris = [];
                            message.redirectUris.push(reader.stringVerify());
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.domain = value;
                            else
                                delete message.domain;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.owner = value;
                            else
                                delete message.owner;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.webhook = value;
                            else
                                delete message.webhook;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.deactivated = value;
                            else
                                delete message.deactivated;
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

            return App;
        })();

        record.Grant = (function() {

            /**
             * Properties of a Grant.
             * @typedef {Object} lowbeat.record.Grant.$Properties
             * @property {string|null} [uid] Grant uid
             * @property {string|null} [user] Grant user
             * @property {string|null} [app] Grant app
             * @property {Array.<string>|null} [scopes] Grant scopes
             * @property {boolean|null} [paused] Grant paused
             * @property {number|null} [revokedAtMs] Grant revokedAtMs
             * @property {number|null} [createdAtMs] Grant createdAtMs
             * @property {lowbeat.record.Schedule.$Properties|null} [schedule] Grant schedule
             * @property {boolean|null} [followsPhone] Grant followsPhone
             * @property {boolean|null} [dropsOutside] Grant dropsOutside
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Grant.
             * @memberof lowbeat.record
             * @interface IGrant
             * @augments lowbeat.record.Grant.$Properties
             * @deprecated Use lowbeat.record.Grant.$Properties instead.
             */

            /**
             * Shape of a Grant.
             * @typedef {lowbeat.record.Grant.$Properties} lowbeat.record.Grant.$Shape
             */

            /**
             * Constructs a new Grant.
             * @memberof lowbeat.record
             * @classdesc Represents a Grant.
             * @constructor
             * @param {lowbeat.record.Grant.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Grant = function (properties) {
                this.scopes = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Grant uid.
             * @member {string} uid
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.uid = "";

            /**
             * Grant user.
             * @member {string} user
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.user = "";

            /**
             * Grant app.
             * @member {string} app
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.app = "";

            /**
             * Grant scopes.
             * @member {Array.<string>} scopes
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.scopes = $util.emptyArray;

            /**
             * Grant paused.
             * @member {boolean} paused
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.paused = false;

            /**
             * Grant revokedAtMs.
             * @member {number|null|undefined} revokedAtMs
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.revokedAtMs = null;

            /**
             * Grant createdAtMs.
             * @member {number} createdAtMs
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.createdAtMs = 0;

            /**
             * Grant schedule.
             * @member {lowbeat.record.Schedule.$Properties|null|undefined} schedule
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.schedule = null;

            /**
             * Grant followsPhone.
             * @member {boolean} followsPhone
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.followsPhone = false;

            /**
             * Grant dropsOutside.
             * @member {boolean} dropsOutside
             * @memberof lowbeat.record.Grant
             * @instance
             */
            Grant.prototype.dropsOutside = false;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Grant.prototype, "_revokedAtMs", {
                get: $util.oneOfGetter($oneOfFields = ["revokedAtMs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Grant message. Does not implicitly {@link lowbeat.record.Grant.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Grant
             * @static
             * @param {lowbeat.record.Grant.$Properties} message Grant message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Grant.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.uid);
                if (message.user != null && $Object.hasOwnProperty.call(message, "user") && message.user !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.user);
                if (message.app != null && $Object.hasOwnProperty.call(message, "app") && message.app !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.app);
                if (message.scopes != null && message.scopes.length)
                    for (let i = 0; i < message.scopes.length; ++i)
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.scopes[i]);
                if (message.paused != null && $Object.hasOwnProperty.call(message, "paused") && message.paused !== false)
                    writer.uint32(/* id 5, wireType 0 =*/40).bool(message.paused);
                if (message.revokedAtMs != null && $Object.hasOwnProperty.call(message, "revokedAtMs"))
                    writer.uint32(/* id 6, wireType 1 =*/49).double(message.revokedAtMs);
                if (message.createdAtMs != null && $Object.hasOwnProperty.call(message, "createdAtMs") && !$Object.is(message.createdAtMs, 0))
                    writer.uint32(/* id 7, wireType 1 =*/57).double(message.createdAtMs);
                if (message.schedule != null && $Object.hasOwnProperty.call(message, "schedule"))
                    $root.lowbeat.record.Schedule.encode(message.schedule, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.followsPhone != null && $Object.hasOwnProperty.call(message, "followsPhone") && message.followsPhone !== false)
                    writer.uint32(/* id 9, wireType 0 =*/72).bool(message.followsPhone);
                if (message.dropsOutside != null && $Object.hasOwnProperty.call(message, "dropsOutside") && message.dropsOutside !== false)
                    writer.uint32(/* id 10, wireType 0 =*/80).bool(message.dropsOutside);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Grant message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Grant
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Grant & lowbeat.record.Grant.$Shape} Grant
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Grant.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Grant();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.uid = value;
                            else
                                delete message.uid;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.user = value;
                            else
                                delete message.user;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.app = value;
                            else
                                delete message.app;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.scopes && message.scopes.length))
                                message.scopes = [];
                            message.scopes.push(reader.stringVerify());
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.paused = value;
                            else
                                delete message.paused;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 1)
                                break;
                            message.revokedAtMs = reader.double();
                            message._revokedAtMs = "revokedAtMs";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.createdAtMs = value;
                            else
                                delete message.createdAtMs;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            message.schedule = $root.lowbeat.record.Schedule.decode(reader, reader.size(), $undefined, _depth + 1, message.schedule);
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.followsPhone = value;
                            else
                                delete message.followsPhone;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.dropsOutside = value;
                            else
                                delete message.dropsOutside;
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

            return Grant;
        })();

        record.Schedule = (function() {

            /**
             * Properties of a Schedule.
             * @typedef {Object} lowbeat.record.Schedule.$Properties
             * @property {string|null} [zone] Schedule zone
             * @property {Array.<lowbeat.record.Window.$Properties>|null} [windows] Schedule windows
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Schedule.
             * @memberof lowbeat.record
             * @interface ISchedule
             * @augments lowbeat.record.Schedule.$Properties
             * @deprecated Use lowbeat.record.Schedule.$Properties instead.
             */

            /**
             * Shape of a Schedule.
             * @typedef {lowbeat.record.Schedule.$Properties} lowbeat.record.Schedule.$Shape
             */

            /**
             * Constructs a new Schedule.
             * @memberof lowbeat.record
             * @classdesc Represents a Schedule.
             * @constructor
             * @param {lowbeat.record.Schedule.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Schedule = function (properties) {
                this.windows = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Schedule zone.
             * @member {string} zone
             * @memberof lowbeat.record.Schedule
             * @instance
             */
            Schedule.prototype.zone = "";

            /**
             * Schedule windows.
             * @member {Array.<lowbeat.record.Window.$Properties>} windows
             * @memberof lowbeat.record.Schedule
             * @instance
             */
            Schedule.prototype.windows = $util.emptyArray;

            /**
             * Encodes the specified Schedule message. Does not implicitly {@link lowbeat.record.Schedule.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Schedule
             * @static
             * @param {lowbeat.record.Schedule.$Properties} message Schedule message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Schedule.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.zone != null && $Object.hasOwnProperty.call(message, "zone") && message.zone !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.zone);
                if (message.windows != null && message.windows.length)
                    for (let i = 0; i < message.windows.length; ++i)
                        $root.lowbeat.record.Window.encode(message.windows[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Schedule message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Schedule
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Schedule & lowbeat.record.Schedule.$Shape} Schedule
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Schedule.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Schedule();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.zone = value;
                            else
                                delete message.zone;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.windows && message.windows.length))
                                message.windows = [];
                            message.windows.push($root.lowbeat.record.Window.decode(reader, reader.size(), $undefined, _depth + 1));
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

            return Schedule;
        })();

        record.Window = (function() {

            /**
             * Properties of a Window.
             * @typedef {Object} lowbeat.record.Window.$Properties
             * @property {Array.<number>|null} [days] Window days
             * @property {number|null} [startMinute] Window startMinute
             * @property {number|null} [endMinute] Window endMinute
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Window.
             * @memberof lowbeat.record
             * @interface IWindow
             * @augments lowbeat.record.Window.$Properties
             * @deprecated Use lowbeat.record.Window.$Properties instead.
             */

            /**
             * Shape of a Window.
             * @typedef {lowbeat.record.Window.$Properties} lowbeat.record.Window.$Shape
             */

            /**
             * Constructs a new Window.
             * @memberof lowbeat.record
             * @classdesc Represents a Window.
             * @constructor
             * @param {lowbeat.record.Window.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Window = function (properties) {
                this.days = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Window days.
             * @member {Array.<number>} days
             * @memberof lowbeat.record.Window
             * @instance
             */
            Window.prototype.days = $util.emptyArray;

            /**
             * Window startMinute.
             * @member {number} startMinute
             * @memberof lowbeat.record.Window
             * @instance
             */
            Window.prototype.startMinute = 0;

            /**
             * Window endMinute.
             * @member {number} endMinute
             * @memberof lowbeat.record.Window
             * @instance
             */
            Window.prototype.endMinute = 0;

            /**
             * Encodes the specified Window message. Does not implicitly {@link lowbeat.record.Window.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Window
             * @static
             * @param {lowbeat.record.Window.$Properties} message Window message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Window.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.days != null && message.days.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).uint32s(message.days);
                if (message.startMinute != null && $Object.hasOwnProperty.call(message, "startMinute") && message.startMinute !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.startMinute);
                if (message.endMinute != null && $Object.hasOwnProperty.call(message, "endMinute") && message.endMinute !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.endMinute);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Window message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Window
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Window & lowbeat.record.Window.$Shape} Window
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Window.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Window();
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
                            if (wireType === 2) {
                                if (!(message.days && message.days.length))
                                    message.days = [];
                                reader.uint32s(message.days);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.days && message.days.length))
                                message.days = [];
                            message.days.push(reader.uint32());
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.startMinute = value;
                            else
                                delete message.startMinute;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.endMinute = value;
                            else
                                delete message.endMinute;
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

            return Window;
        })();

        record.Subscription = (function() {

            /**
             * Properties of a Subscription.
             * @typedef {Object} lowbeat.record.Subscription.$Properties
             * @property {string|null} [id] Subscription id
             * @property {string|null} [device] Subscription device
             * @property {string|null} [app] Subscription app
             * @property {number|null} [alias] Subscription alias
             * @property {number|null} [createdAtMs] Subscription createdAtMs
             * @property {Uint8Array|null} [applicationServerKey] Subscription applicationServerKey
             * @property {boolean|null} [endpointClosed] Subscription endpointClosed
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Subscription.
             * @memberof lowbeat.record
             * @interface ISubscription
             * @augments lowbeat.record.Subscription.$Properties
             * @deprecated Use lowbeat.record.Subscription.$Properties instead.
             */

            /**
             * Shape of a Subscription.
             * @typedef {lowbeat.record.Subscription.$Properties} lowbeat.record.Subscription.$Shape
             */

            /**
             * Constructs a new Subscription.
             * @memberof lowbeat.record
             * @classdesc Represents a Subscription.
             * @constructor
             * @param {lowbeat.record.Subscription.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Subscription = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Subscription id.
             * @member {string} id
             * @memberof lowbeat.record.Subscription
             * @instance
             */
            Subscription.prototype.id = "";

            /**
             * Subscription device.
             * @member {string} device
             * @memberof lowbeat.record.Subscription
             * @instance
             */
            Subscription.prototype.device = "";

            /**
             * Subscription app.
             * @member {string} app
             * @memberof lowbeat.record.Subscription
             * @instance
             */
            Subscription.prototype.app = "";

            /**
             * Subscription alias.
             * @member {number} alias
             * @memberof lowbeat.record.Subscription
             * @instance
             */
            Subscription.prototype.alias = 0;

            /**
             * Subscription createdAtMs.
             * @member {number} createdAtMs
             * @memberof lowbeat.record.Subscription
             * @instance
             */
            Subscription.prototype.createdAtMs = 0;

            /**
             * Subscription applicationServerKey.
             * @member {Uint8Array} applicationServerKey
             * @memberof lowbeat.record.Subscription
             * @instance
             */
            Subscription.prototype.applicationServerKey = $util.newBuffer([]);

            /**
             * Subscription endpointClosed.
             * @member {boolean} endpointClosed
             * @memberof lowbeat.record.Subscription
             * @instance
             */
            Subscription.prototype.endpointClosed = false;

            /**
             * Encodes the specified Subscription message. Does not implicitly {@link lowbeat.record.Subscription.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Subscription
             * @static
             * @param {lowbeat.record.Subscription.$Properties} message Subscription message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Subscription.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.device);
                if (message.app != null && $Object.hasOwnProperty.call(message, "app") && message.app !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.app);
                if (message.alias != null && $Object.hasOwnProperty.call(message, "alias") && message.alias !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.alias);
                if (message.createdAtMs != null && $Object.hasOwnProperty.call(message, "createdAtMs") && !$Object.is(message.createdAtMs, 0))
                    writer.uint32(/* id 5, wireType 1 =*/41).double(message.createdAtMs);
                if (message.applicationServerKey != null && $Object.hasOwnProperty.call(message, "applicationServerKey") && message.applicationServerKey.length)
                    writer.uint32(/* id 6, wireType 2 =*/50).bytes(message.applicationServerKey);
                if (message.endpointClosed != null && $Object.hasOwnProperty.call(message, "endpointClosed") && message.endpointClosed !== false)
                    writer.uint32(/* id 7, wireType 0 =*/56).bool(message.endpointClosed);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Subscription message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Subscription
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Subscription & lowbeat.record.Subscription.$Shape} Subscription
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Subscription.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Subscription();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.device = value;
                            else
                                delete message.device;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.app = value;
                            else
                                delete message.app;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.alias = value;
                            else
                                delete message.alias;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.createdAtMs = value;
                            else
                                delete message.createdAtMs;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.applicationServerKey = value;
                            else
                                delete message.applicationServerKey;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.endpointClosed = value;
                            else
                                delete message.endpointClosed;
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

            return Subscription;
        })();

        record.QueueHead = (function() {

            /**
             * Properties of a QueueHead.
             * @typedef {Object} lowbeat.record.QueueHead.$Properties
             * @property {number|null} [nextId] QueueHead nextId
             * @property {number|null} [nextAlias] QueueHead nextAlias
             * @property {Array.<number>|null} [waitingAliases] QueueHead waitingAliases
             * @property {number|null} [firstId] QueueHead firstId
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a QueueHead.
             * @memberof lowbeat.record
             * @interface IQueueHead
             * @augments lowbeat.record.QueueHead.$Properties
             * @deprecated Use lowbeat.record.QueueHead.$Properties instead.
             */

            /**
             * Shape of a QueueHead.
             * @typedef {lowbeat.record.QueueHead.$Properties} lowbeat.record.QueueHead.$Shape
             */

            /**
             * Constructs a new QueueHead.
             * @memberof lowbeat.record
             * @classdesc Represents a QueueHead.
             * @constructor
             * @param {lowbeat.record.QueueHead.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const QueueHead = function (properties) {
                this.waitingAliases = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * QueueHead nextId.
             * @member {number} nextId
             * @memberof lowbeat.record.QueueHead
             * @instance
             */
            QueueHead.prototype.nextId = 0;

            /**
             * QueueHead nextAlias.
             * @member {number} nextAlias
             * @memberof lowbeat.record.QueueHead
             * @instance
             */
            QueueHead.prototype.nextAlias = 0;

            /**
             * QueueHead waitingAliases.
             * @member {Array.<number>} waitingAliases
             * @memberof lowbeat.record.QueueHead
             * @instance
             */
            QueueHead.prototype.waitingAliases = $util.emptyArray;

            /**
             * QueueHead firstId.
             * @member {number} firstId
             * @memberof lowbeat.record.QueueHead
             * @instance
             */
            QueueHead.prototype.firstId = 0;

            /**
             * Encodes the specified QueueHead message. Does not implicitly {@link lowbeat.record.QueueHead.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.QueueHead
             * @static
             * @param {lowbeat.record.QueueHead.$Properties} message QueueHead message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            QueueHead.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.nextId != null && $Object.hasOwnProperty.call(message, "nextId") && message.nextId !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.nextId);
                if (message.nextAlias != null && $Object.hasOwnProperty.call(message, "nextAlias") && message.nextAlias !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.nextAlias);
                if (message.waitingAliases != null && message.waitingAliases.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).uint32s(message.waitingAliases);
                if (message.firstId != null && $Object.hasOwnProperty.call(message, "firstId") && message.firstId !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.firstId);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a QueueHead message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.QueueHead
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.QueueHead & lowbeat.record.QueueHead.$Shape} QueueHead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            QueueHead.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.QueueHead();
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
                                message.nextId = value;
                            else
                                delete message.nextId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.nextAlias = value;
                            else
                                delete message.nextAlias;
                            continue;
                        }
                    case 3: {
                            if (wireType === 2) {
                                if (!(message.waitingAliases && message.waitingAliases.length))
                                    message.waitingAliases = [];
                                reader.uint32s(message.waitingAliases);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.waitingAliases && message.waitingAliases.length))
                                message.waitingAliases = [];
                            message.waitingAliases.push(reader.uint32());
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.firstId = value;
                            else
                                delete message.firstId;
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

            return QueueHead;
        })();

        record.UserHead = (function() {

            /**
             * Properties of a UserHead.
             * @typedef {Object} lowbeat.record.UserHead.$Properties
             * @property {number|null} [nextId] UserHead nextId
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a UserHead.
             * @memberof lowbeat.record
             * @interface IUserHead
             * @augments lowbeat.record.UserHead.$Properties
             * @deprecated Use lowbeat.record.UserHead.$Properties instead.
             */

            /**
             * Shape of a UserHead.
             * @typedef {lowbeat.record.UserHead.$Properties} lowbeat.record.UserHead.$Shape
             */

            /**
             * Constructs a new UserHead.
             * @memberof lowbeat.record
             * @classdesc Represents a UserHead.
             * @constructor
             * @param {lowbeat.record.UserHead.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const UserHead = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * UserHead nextId.
             * @member {number} nextId
             * @memberof lowbeat.record.UserHead
             * @instance
             */
            UserHead.prototype.nextId = 0;

            /**
             * Encodes the specified UserHead message. Does not implicitly {@link lowbeat.record.UserHead.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.UserHead
             * @static
             * @param {lowbeat.record.UserHead.$Properties} message UserHead message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            UserHead.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.nextId != null && $Object.hasOwnProperty.call(message, "nextId") && message.nextId !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.nextId);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a UserHead message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.UserHead
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.UserHead & lowbeat.record.UserHead.$Shape} UserHead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            UserHead.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.UserHead();
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
                                message.nextId = value;
                            else
                                delete message.nextId;
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

            return UserHead;
        })();

        record.Clears = (function() {

            /**
             * Properties of a Clears.
             * @typedef {Object} lowbeat.record.Clears.$Properties
             * @property {Array.<lowbeat.record.Clear.$Properties>|null} [clears] Clears clears
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Clears.
             * @memberof lowbeat.record
             * @interface IClears
             * @augments lowbeat.record.Clears.$Properties
             * @deprecated Use lowbeat.record.Clears.$Properties instead.
             */

            /**
             * Shape of a Clears.
             * @typedef {lowbeat.record.Clears.$Properties} lowbeat.record.Clears.$Shape
             */

            /**
             * Constructs a new Clears.
             * @memberof lowbeat.record
             * @classdesc Represents a Clears.
             * @constructor
             * @param {lowbeat.record.Clears.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Clears = function (properties) {
                this.clears = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Clears clears.
             * @member {Array.<lowbeat.record.Clear.$Properties>} clears
             * @memberof lowbeat.record.Clears
             * @instance
             */
            Clears.prototype.clears = $util.emptyArray;

            /**
             * Encodes the specified Clears message. Does not implicitly {@link lowbeat.record.Clears.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Clears
             * @static
             * @param {lowbeat.record.Clears.$Properties} message Clears message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Clears.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.clears != null && message.clears.length)
                    for (let i = 0; i < message.clears.length; ++i)
                        $root.lowbeat.record.Clear.encode(message.clears[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Clears message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Clears
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Clears & lowbeat.record.Clears.$Shape} Clears
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Clears.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.record.Clears();
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
                            if (wireType !== 2)
                                break;
                            if (!(message.clears && message.clears.length))
                                message.clears = [];
                            message.clears.push($root.lowbeat.record.Clear.decode(reader, reader.size(), $undefined, _depth + 1));
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

            return Clears;
        })();

        record.Clear = (function() {

            /**
             * Properties of a Clear.
             * @typedef {Object} lowbeat.record.Clear.$Properties
             * @property {number|null} [alias] Clear alias
             * @property {number|null} [id] Clear id
             * @property {number|null} [expiresAtMs] Clear expiresAtMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Clear.
             * @memberof lowbeat.record
             * @interface IClear
             * @augments lowbeat.record.Clear.$Properties
             * @deprecated Use lowbeat.record.Clear.$Properties instead.
             */

            /**
             * Shape of a Clear.
             * @typedef {lowbeat.record.Clear.$Properties} lowbeat.record.Clear.$Shape
             */

            /**
             * Constructs a new Clear.
             * @memberof lowbeat.record
             * @classdesc Represents a Clear.
             * @constructor
             * @param {lowbeat.record.Clear.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Clear = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Clear alias.
             * @member {number} alias
             * @memberof lowbeat.record.Clear
             * @instance
             */
            Clear.prototype.alias = 0;

            /**
             * Clear id.
             * @member {number} id
             * @memberof lowbeat.record.Clear
             * @instance
             */
            Clear.prototype.id = 0;

            /**
             * Clear expiresAtMs.
             * @member {number} expiresAtMs
             * @memberof lowbeat.record.Clear
             * @instance
             */
            Clear.prototype.expiresAtMs = 0;

            /**
             * Encodes the specified Clear message. Does not implicitly {@link lowbeat.record.Clear.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Clear
             * @static
             * @param {lowbeat.record.Clear.$Properties} message Clear message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Clear.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.alias != null && $Object.hasOwnProperty.call(message, "alias") && message.alias !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.alias);
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.id);
                if (message.expiresAtMs != null && $Object.hasOwnProperty.call(message, "expiresAtMs") && !$Object.is(message.expiresAtMs, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.expiresAtMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Clear message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Clear
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Clear & lowbeat.record.Clear.$Shape} Clear
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Clear.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Clear();
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
                                message.alias = value;
                            else
                                delete message.alias;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.expiresAtMs = value;
                            else
                                delete message.expiresAtMs;
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

            return Clear;
        })();

        record.SubscriptionQueue = (function() {

            /**
             * Properties of a SubscriptionQueue.
             * @typedef {Object} lowbeat.record.SubscriptionQueue.$Properties
             * @property {Array.<number>|null} [ids] SubscriptionQueue ids
             * @property {number|null} [missedId] SubscriptionQueue missedId
             * @property {number|null} [expiresAtMs] SubscriptionQueue expiresAtMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SubscriptionQueue.
             * @memberof lowbeat.record
             * @interface ISubscriptionQueue
             * @augments lowbeat.record.SubscriptionQueue.$Properties
             * @deprecated Use lowbeat.record.SubscriptionQueue.$Properties instead.
             */

            /**
             * Shape of a SubscriptionQueue.
             * @typedef {lowbeat.record.SubscriptionQueue.$Properties} lowbeat.record.SubscriptionQueue.$Shape
             */

            /**
             * Constructs a new SubscriptionQueue.
             * @memberof lowbeat.record
             * @classdesc Represents a SubscriptionQueue.
             * @constructor
             * @param {lowbeat.record.SubscriptionQueue.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SubscriptionQueue = function (properties) {
                this.ids = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SubscriptionQueue ids.
             * @member {Array.<number>} ids
             * @memberof lowbeat.record.SubscriptionQueue
             * @instance
             */
            SubscriptionQueue.prototype.ids = $util.emptyArray;

            /**
             * SubscriptionQueue missedId.
             * @member {number} missedId
             * @memberof lowbeat.record.SubscriptionQueue
             * @instance
             */
            SubscriptionQueue.prototype.missedId = 0;

            /**
             * SubscriptionQueue expiresAtMs.
             * @member {number|null|undefined} expiresAtMs
             * @memberof lowbeat.record.SubscriptionQueue
             * @instance
             */
            SubscriptionQueue.prototype.expiresAtMs = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(SubscriptionQueue.prototype, "_expiresAtMs", {
                get: $util.oneOfGetter($oneOfFields = ["expiresAtMs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified SubscriptionQueue message. Does not implicitly {@link lowbeat.record.SubscriptionQueue.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.SubscriptionQueue
             * @static
             * @param {lowbeat.record.SubscriptionQueue.$Properties} message SubscriptionQueue message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SubscriptionQueue.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.ids != null && message.ids.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).uint32s(message.ids);
                if (message.missedId != null && $Object.hasOwnProperty.call(message, "missedId") && message.missedId !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.missedId);
                if (message.expiresAtMs != null && $Object.hasOwnProperty.call(message, "expiresAtMs"))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.expiresAtMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SubscriptionQueue message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.SubscriptionQueue
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.SubscriptionQueue & lowbeat.record.SubscriptionQueue.$Shape} SubscriptionQueue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SubscriptionQueue.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.SubscriptionQueue();
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
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.missedId = value;
                            else
                                delete message.missedId;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            message.expiresAtMs = reader.double();
                            message._expiresAtMs = "expiresAtMs";
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

            return SubscriptionQueue;
        })();

        record.Notification = (function() {

            /**
             * Properties of a Notification.
             * @typedef {Object} lowbeat.record.Notification.$Properties
             * @property {number|null} [id] Notification id
             * @property {string|null} [subscription] Notification subscription
             * @property {number|null} [alias] Notification alias
             * @property {number|null} [urgency] Notification urgency
             * @property {string|null} [topic] Notification topic
             * @property {number|null} [acceptedAtMs] Notification acceptedAtMs
             * @property {number|null} [expiresAtMs] Notification expiresAtMs
             * @property {Uint8Array|null} [data] Notification data
             * @property {number|null} [missed] Notification missed
             * @property {string|null} [message] Notification message
             * @property {boolean|null} [encrypted] Notification encrypted
             * @property {number|null} [missedFrom] Notification missedFrom
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Notification.
             * @memberof lowbeat.record
             * @interface INotification
             * @augments lowbeat.record.Notification.$Properties
             * @deprecated Use lowbeat.record.Notification.$Properties instead.
             */

            /**
             * Shape of a Notification.
             * @typedef {lowbeat.record.Notification.$Properties} lowbeat.record.Notification.$Shape
             */

            /**
             * Constructs a new Notification.
             * @memberof lowbeat.record
             * @classdesc Represents a Notification.
             * @constructor
             * @param {lowbeat.record.Notification.$Properties=} [properties] Properties to set
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
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.id = 0;

            /**
             * Notification subscription.
             * @member {string} subscription
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.subscription = "";

            /**
             * Notification alias.
             * @member {number} alias
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.alias = 0;

            /**
             * Notification urgency.
             * @member {number} urgency
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.urgency = 0;

            /**
             * Notification topic.
             * @member {string} topic
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.topic = "";

            /**
             * Notification acceptedAtMs.
             * @member {number} acceptedAtMs
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.acceptedAtMs = 0;

            /**
             * Notification expiresAtMs.
             * @member {number} expiresAtMs
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.expiresAtMs = 0;

            /**
             * Notification data.
             * @member {Uint8Array} data
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.data = $util.newBuffer([]);

            /**
             * Notification missed.
             * @member {number} missed
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.missed = 0;

            /**
             * Notification message.
             * @member {string} message
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.message = "";

            /**
             * Notification encrypted.
             * @member {boolean} encrypted
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.encrypted = false;

            /**
             * Notification missedFrom.
             * @member {number} missedFrom
             * @memberof lowbeat.record.Notification
             * @instance
             */
            Notification.prototype.missedFrom = 0;

            /**
             * Encodes the specified Notification message. Does not implicitly {@link lowbeat.record.Notification.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Notification
             * @static
             * @param {lowbeat.record.Notification.$Properties} message Notification message or plain object to encode
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
                if (message.subscription != null && $Object.hasOwnProperty.call(message, "subscription") && message.subscription !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.subscription);
                if (message.alias != null && $Object.hasOwnProperty.call(message, "alias") && message.alias !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.alias);
                if (message.urgency != null && $Object.hasOwnProperty.call(message, "urgency") && message.urgency !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.urgency);
                if (message.topic != null && $Object.hasOwnProperty.call(message, "topic") && message.topic !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.topic);
                if (message.acceptedAtMs != null && $Object.hasOwnProperty.call(message, "acceptedAtMs") && !$Object.is(message.acceptedAtMs, 0))
                    writer.uint32(/* id 6, wireType 1 =*/49).double(message.acceptedAtMs);
                if (message.expiresAtMs != null && $Object.hasOwnProperty.call(message, "expiresAtMs") && !$Object.is(message.expiresAtMs, 0))
                    writer.uint32(/* id 7, wireType 1 =*/57).double(message.expiresAtMs);
                if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                    writer.uint32(/* id 8, wireType 2 =*/66).bytes(message.data);
                if (message.missed != null && $Object.hasOwnProperty.call(message, "missed") && message.missed !== 0)
                    writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.missed);
                if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                    writer.uint32(/* id 10, wireType 2 =*/82).string(message.message);
                if (message.encrypted != null && $Object.hasOwnProperty.call(message, "encrypted") && message.encrypted !== false)
                    writer.uint32(/* id 11, wireType 0 =*/88).bool(message.encrypted);
                if (message.missedFrom != null && $Object.hasOwnProperty.call(message, "missedFrom") && message.missedFrom !== 0)
                    writer.uint32(/* id 12, wireType 0 =*/96).uint32(message.missedFrom);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Notification message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Notification
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Notification & lowbeat.record.Notification.$Shape} Notification
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
                message = _target || new $root.lowbeat.record.Notification();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.subscription = value;
                            else
                                delete message.subscription;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.alias = value;
                            else
                                delete message.alias;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.urgency = value;
                            else
                                delete message.urgency;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.topic = value;
                            else
                                delete message.topic;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.acceptedAtMs = value;
                            else
                                delete message.acceptedAtMs;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.expiresAtMs = value;
                            else
                                delete message.expiresAtMs;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.data = value;
                            else
                                delete message.data;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.missed = value;
                            else
                                delete message.missed;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.message = value;
                            else
                                delete message.message;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.encrypted = value;
                            else
                                delete message.encrypted;
                            continue;
                        }
                    case 12: {
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

        record.Message = (function() {

            /**
             * Properties of a Message.
             * @typedef {Object} lowbeat.record.Message.$Properties
             * @property {string|null} [sender] Message sender
             * @property {string|null} [reference] Message reference
             * @property {string|null} [uid] Message uid
             * @property {boolean|null} [receiptWanted] Message receiptWanted
             * @property {boolean|null} [receiptSent] Message receiptSent
             * @property {number|null} [expiresAtMs] Message expiresAtMs
             * @property {Array.<lowbeat.record.Target.$Properties>|null} [targets] Message targets
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Message.
             * @memberof lowbeat.record
             * @interface IMessage
             * @augments lowbeat.record.Message.$Properties
             * @deprecated Use lowbeat.record.Message.$Properties instead.
             */

            /**
             * Shape of a Message.
             * @typedef {lowbeat.record.Message.$Properties} lowbeat.record.Message.$Shape
             */

            /**
             * Constructs a new Message.
             * @memberof lowbeat.record
             * @classdesc Represents a Message.
             * @constructor
             * @param {lowbeat.record.Message.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Message = function (properties) {
                this.targets = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Message sender.
             * @member {string} sender
             * @memberof lowbeat.record.Message
             * @instance
             */
            Message.prototype.sender = "";

            /**
             * Message reference.
             * @member {string} reference
             * @memberof lowbeat.record.Message
             * @instance
             */
            Message.prototype.reference = "";

            /**
             * Message uid.
             * @member {string} uid
             * @memberof lowbeat.record.Message
             * @instance
             */
            Message.prototype.uid = "";

            /**
             * Message receiptWanted.
             * @member {boolean} receiptWanted
             * @memberof lowbeat.record.Message
             * @instance
             */
            Message.prototype.receiptWanted = false;

            /**
             * Message receiptSent.
             * @member {boolean} receiptSent
             * @memberof lowbeat.record.Message
             * @instance
             */
            Message.prototype.receiptSent = false;

            /**
             * Message expiresAtMs.
             * @member {number} expiresAtMs
             * @memberof lowbeat.record.Message
             * @instance
             */
            Message.prototype.expiresAtMs = 0;

            /**
             * Message targets.
             * @member {Array.<lowbeat.record.Target.$Properties>} targets
             * @memberof lowbeat.record.Message
             * @instance
             */
            Message.prototype.targets = $util.emptyArray;

            /**
             * Encodes the specified Message message. Does not implicitly {@link lowbeat.record.Message.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Message
             * @static
             * @param {lowbeat.record.Message.$Properties} message Message message or plain object to encode
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
                if (message.sender != null && $Object.hasOwnProperty.call(message, "sender") && message.sender !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.sender);
                if (message.reference != null && $Object.hasOwnProperty.call(message, "reference") && message.reference !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.reference);
                if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.uid);
                if (message.receiptWanted != null && $Object.hasOwnProperty.call(message, "receiptWanted") && message.receiptWanted !== false)
                    writer.uint32(/* id 4, wireType 0 =*/32).bool(message.receiptWanted);
                if (message.receiptSent != null && $Object.hasOwnProperty.call(message, "receiptSent") && message.receiptSent !== false)
                    writer.uint32(/* id 5, wireType 0 =*/40).bool(message.receiptSent);
                if (message.expiresAtMs != null && $Object.hasOwnProperty.call(message, "expiresAtMs") && !$Object.is(message.expiresAtMs, 0))
                    writer.uint32(/* id 6, wireType 1 =*/49).double(message.expiresAtMs);
                if (message.targets != null && message.targets.length)
                    for (let i = 0; i < message.targets.length; ++i)
                        $root.lowbeat.record.Target.encode(message.targets[i], writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Message message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Message
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Message & lowbeat.record.Message.$Shape} Message
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
                message = _target || new $root.lowbeat.record.Message();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.sender = value;
                            else
                                delete message.sender;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.reference = value;
                            else
                                delete message.reference;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.uid = value;
                            else
                                delete message.uid;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.receiptWanted = value;
                            else
                                delete message.receiptWanted;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.receiptSent = value;
                            else
                                delete message.receiptSent;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.expiresAtMs = value;
                            else
                                delete message.expiresAtMs;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if (!(message.targets && message.targets.length))
                                message.targets = [];
                            message.targets.push($root.lowbeat.record.Target.decode(reader, reader.size(), $undefined, _depth + 1));
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

        record.Target = (function() {

            /**
             * Properties of a Target.
             * @typedef {Object} lowbeat.record.Target.$Properties
             * @property {string|null} [device] Target device
             * @property {number|null} [id] Target id
             * @property {boolean|null} [fallback] Target fallback
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Target.
             * @memberof lowbeat.record
             * @interface ITarget
             * @augments lowbeat.record.Target.$Properties
             * @deprecated Use lowbeat.record.Target.$Properties instead.
             */

            /**
             * Shape of a Target.
             * @typedef {lowbeat.record.Target.$Properties} lowbeat.record.Target.$Shape
             */

            /**
             * Constructs a new Target.
             * @memberof lowbeat.record
             * @classdesc Represents a Target.
             * @constructor
             * @param {lowbeat.record.Target.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Target = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Target device.
             * @member {string} device
             * @memberof lowbeat.record.Target
             * @instance
             */
            Target.prototype.device = "";

            /**
             * Target id.
             * @member {number} id
             * @memberof lowbeat.record.Target
             * @instance
             */
            Target.prototype.id = 0;

            /**
             * Target fallback.
             * @member {boolean} fallback
             * @memberof lowbeat.record.Target
             * @instance
             */
            Target.prototype.fallback = false;

            /**
             * Encodes the specified Target message. Does not implicitly {@link lowbeat.record.Target.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Target
             * @static
             * @param {lowbeat.record.Target.$Properties} message Target message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Target.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.device != null && $Object.hasOwnProperty.call(message, "device") && message.device !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.device);
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.id);
                if (message.fallback != null && $Object.hasOwnProperty.call(message, "fallback") && message.fallback !== false)
                    writer.uint32(/* id 3, wireType 0 =*/24).bool(message.fallback);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Target message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Target
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Target & lowbeat.record.Target.$Shape} Target
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Target.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Target();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.device = value;
                            else
                                delete message.device;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.fallback = value;
                            else
                                delete message.fallback;
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

            return Target;
        })();

        record.OutboxItem = (function() {

            /**
             * Properties of an OutboxItem.
             * @typedef {Object} lowbeat.record.OutboxItem.$Properties
             * @property {string|null} [topic] OutboxItem topic
             * @property {Uint8Array|null} [payload] OutboxItem payload
             * @property {string|null} [uid] OutboxItem uid
             * @property {number|null} [expiresAtMs] OutboxItem expiresAtMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an OutboxItem.
             * @memberof lowbeat.record
             * @interface IOutboxItem
             * @augments lowbeat.record.OutboxItem.$Properties
             * @deprecated Use lowbeat.record.OutboxItem.$Properties instead.
             */

            /**
             * Shape of an OutboxItem.
             * @typedef {lowbeat.record.OutboxItem.$Properties} lowbeat.record.OutboxItem.$Shape
             */

            /**
             * Constructs a new OutboxItem.
             * @memberof lowbeat.record
             * @classdesc Represents an OutboxItem.
             * @constructor
             * @param {lowbeat.record.OutboxItem.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const OutboxItem = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * OutboxItem topic.
             * @member {string} topic
             * @memberof lowbeat.record.OutboxItem
             * @instance
             */
            OutboxItem.prototype.topic = "";

            /**
             * OutboxItem payload.
             * @member {Uint8Array} payload
             * @memberof lowbeat.record.OutboxItem
             * @instance
             */
            OutboxItem.prototype.payload = $util.newBuffer([]);

            /**
             * OutboxItem uid.
             * @member {string} uid
             * @memberof lowbeat.record.OutboxItem
             * @instance
             */
            OutboxItem.prototype.uid = "";

            /**
             * OutboxItem expiresAtMs.
             * @member {number} expiresAtMs
             * @memberof lowbeat.record.OutboxItem
             * @instance
             */
            OutboxItem.prototype.expiresAtMs = 0;

            /**
             * Encodes the specified OutboxItem message. Does not implicitly {@link lowbeat.record.OutboxItem.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.OutboxItem
             * @static
             * @param {lowbeat.record.OutboxItem.$Properties} message OutboxItem message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            OutboxItem.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.topic != null && $Object.hasOwnProperty.call(message, "topic") && message.topic !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.topic);
                if (message.payload != null && $Object.hasOwnProperty.call(message, "payload") && message.payload.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.payload);
                if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.uid);
                if (message.expiresAtMs != null && $Object.hasOwnProperty.call(message, "expiresAtMs") && !$Object.is(message.expiresAtMs, 0))
                    writer.uint32(/* id 4, wireType 1 =*/33).double(message.expiresAtMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an OutboxItem message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.OutboxItem
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.OutboxItem & lowbeat.record.OutboxItem.$Shape} OutboxItem
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            OutboxItem.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.OutboxItem();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.topic = value;
                            else
                                delete message.topic;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.payload = value;
                            else
                                delete message.payload;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.uid = value;
                            else
                                delete message.uid;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.expiresAtMs = value;
                            else
                                delete message.expiresAtMs;
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

            return OutboxItem;
        })();

        record.OutboxHead = (function() {

            /**
             * Properties of an OutboxHead.
             * @typedef {Object} lowbeat.record.OutboxHead.$Properties
             * @property {number|null} [nextSequence] OutboxHead nextSequence
             * @property {number|null} [waiting] OutboxHead waiting
             * @property {number|null} [expiresAtMs] OutboxHead expiresAtMs
             * @property {number|null} [firstSequence] OutboxHead firstSequence
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an OutboxHead.
             * @memberof lowbeat.record
             * @interface IOutboxHead
             * @augments lowbeat.record.OutboxHead.$Properties
             * @deprecated Use lowbeat.record.OutboxHead.$Properties instead.
             */

            /**
             * Shape of an OutboxHead.
             * @typedef {lowbeat.record.OutboxHead.$Properties} lowbeat.record.OutboxHead.$Shape
             */

            /**
             * Constructs a new OutboxHead.
             * @memberof lowbeat.record
             * @classdesc Represents an OutboxHead.
             * @constructor
             * @param {lowbeat.record.OutboxHead.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const OutboxHead = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * OutboxHead nextSequence.
             * @member {number} nextSequence
             * @memberof lowbeat.record.OutboxHead
             * @instance
             */
            OutboxHead.prototype.nextSequence = 0;

            /**
             * OutboxHead waiting.
             * @member {number} waiting
             * @memberof lowbeat.record.OutboxHead
             * @instance
             */
            OutboxHead.prototype.waiting = 0;

            /**
             * OutboxHead expiresAtMs.
             * @member {number} expiresAtMs
             * @memberof lowbeat.record.OutboxHead
             * @instance
             */
            OutboxHead.prototype.expiresAtMs = 0;

            /**
             * OutboxHead firstSequence.
             * @member {number} firstSequence
             * @memberof lowbeat.record.OutboxHead
             * @instance
             */
            OutboxHead.prototype.firstSequence = 0;

            /**
             * Encodes the specified OutboxHead message. Does not implicitly {@link lowbeat.record.OutboxHead.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.OutboxHead
             * @static
             * @param {lowbeat.record.OutboxHead.$Properties} message OutboxHead message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            OutboxHead.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.nextSequence != null && $Object.hasOwnProperty.call(message, "nextSequence") && !$Object.is(message.nextSequence, 0))
                    writer.uint32(/* id 1, wireType 1 =*/9).double(message.nextSequence);
                if (message.waiting != null && $Object.hasOwnProperty.call(message, "waiting") && message.waiting !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.waiting);
                if (message.expiresAtMs != null && $Object.hasOwnProperty.call(message, "expiresAtMs") && !$Object.is(message.expiresAtMs, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.expiresAtMs);
                if (message.firstSequence != null && $Object.hasOwnProperty.call(message, "firstSequence") && !$Object.is(message.firstSequence, 0))
                    writer.uint32(/* id 4, wireType 1 =*/33).double(message.firstSequence);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an OutboxHead message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.OutboxHead
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.OutboxHead & lowbeat.record.OutboxHead.$Shape} OutboxHead
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            OutboxHead.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.OutboxHead();
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
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.nextSequence = value;
                            else
                                delete message.nextSequence;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.waiting = value;
                            else
                                delete message.waiting;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.expiresAtMs = value;
                            else
                                delete message.expiresAtMs;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.firstSequence = value;
                            else
                                delete message.firstSequence;
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

            return OutboxHead;
        })();

        record.KeptKey = (function() {

            /**
             * Properties of a KeptKey.
             * @typedef {Object} lowbeat.record.KeptKey.$Properties
             * @property {Uint8Array|null} [value] KeptKey value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a KeptKey.
             * @memberof lowbeat.record
             * @interface IKeptKey
             * @augments lowbeat.record.KeptKey.$Properties
             * @deprecated Use lowbeat.record.KeptKey.$Properties instead.
             */

            /**
             * Shape of a KeptKey.
             * @typedef {lowbeat.record.KeptKey.$Properties} lowbeat.record.KeptKey.$Shape
             */

            /**
             * Constructs a new KeptKey.
             * @memberof lowbeat.record
             * @classdesc Represents a KeptKey.
             * @constructor
             * @param {lowbeat.record.KeptKey.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const KeptKey = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * KeptKey value.
             * @member {Uint8Array} value
             * @memberof lowbeat.record.KeptKey
             * @instance
             */
            KeptKey.prototype.value = $util.newBuffer([]);

            /**
             * Encodes the specified KeptKey message. Does not implicitly {@link lowbeat.record.KeptKey.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.KeptKey
             * @static
             * @param {lowbeat.record.KeptKey.$Properties} message KeptKey message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            KeptKey.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a KeptKey message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.KeptKey
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.KeptKey & lowbeat.record.KeptKey.$Shape} KeptKey
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            KeptKey.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.KeptKey();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.value = value;
                            else
                                delete message.value;
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

            return KeptKey;
        })();

        record.Document = (function() {

            /**
             * Properties of a Document.
             * @typedef {Object} lowbeat.record.Document.$Properties
             * @property {string|null} [kind] Document kind
             * @property {string|null} [id] Document id
             * @property {string|null} [owner] Document owner
             * @property {Array.<string>|null} [names] Document names
             * @property {number|null} [expiresAtMs] Document expiresAtMs
             * @property {Uint8Array|null} [value] Document value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Document.
             * @memberof lowbeat.record
             * @interface IDocument
             * @augments lowbeat.record.Document.$Properties
             * @deprecated Use lowbeat.record.Document.$Properties instead.
             */

            /**
             * Shape of a Document.
             * @typedef {lowbeat.record.Document.$Properties} lowbeat.record.Document.$Shape
             */

            /**
             * Constructs a new Document.
             * @memberof lowbeat.record
             * @classdesc Represents a Document.
             * @constructor
             * @param {lowbeat.record.Document.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Document = function (properties) {
                this.names = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Document kind.
             * @member {string} kind
             * @memberof lowbeat.record.Document
             * @instance
             */
            Document.prototype.kind = "";

            /**
             * Document id.
             * @member {string} id
             * @memberof lowbeat.record.Document
             * @instance
             */
            Document.prototype.id = "";

            /**
             * Document owner.
             * @member {string} owner
             * @memberof lowbeat.record.Document
             * @instance
             */
            Document.prototype.owner = "";

            /**
             * Document names.
             * @member {Array.<string>} names
             * @memberof lowbeat.record.Document
             * @instance
             */
            Document.prototype.names = $util.emptyArray;

            /**
             * Document expiresAtMs.
             * @member {number|null|undefined} expiresAtMs
             * @memberof lowbeat.record.Document
             * @instance
             */
            Document.prototype.expiresAtMs = null;

            /**
             * Document value.
             * @member {Uint8Array} value
             * @memberof lowbeat.record.Document
             * @instance
             */
            Document.prototype.value = $util.newBuffer([]);

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Document.prototype, "_expiresAtMs", {
                get: $util.oneOfGetter($oneOfFields = ["expiresAtMs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Document message. Does not implicitly {@link lowbeat.record.Document.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Document
             * @static
             * @param {lowbeat.record.Document.$Properties} message Document message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Document.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.kind);
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.id);
                if (message.owner != null && $Object.hasOwnProperty.call(message, "owner") && message.owner !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.owner);
                if (message.names != null && message.names.length)
                    for (let i = 0; i < message.names.length; ++i)
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.names[i]);
                if (message.expiresAtMs != null && $Object.hasOwnProperty.call(message, "expiresAtMs"))
                    writer.uint32(/* id 5, wireType 1 =*/41).double(message.expiresAtMs);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value.length)
                    writer.uint32(/* id 6, wireType 2 =*/50).bytes(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Document message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Document
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Document & lowbeat.record.Document.$Shape} Document
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Document.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Document();
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
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.kind = value;
                            else
                                delete message.kind;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.owner = value;
                            else
                                delete message.owner;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.names && message.names.length))
                                message.names = [];
                            message.names.push(reader.stringVerify());
                            continue;
                        }
                    case 5: {
                            if (wireType !== 1)
                                break;
                            message.expiresAtMs = reader.double();
                            message._expiresAtMs = "expiresAtMs";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.value = value;
                            else
                                delete message.value;
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

            return Document;
        })();

        record.Counts = (function() {

            /**
             * Properties of a Counts.
             * @typedef {Object} lowbeat.record.Counts.$Properties
             * @property {number|null} [users] Counts users
             * @property {number|null} [devices] Counts devices
             * @property {number|null} [apps] Counts apps
             * @property {number|null} [waitingNotifications] Counts waitingNotifications
             * @property {number|null} [outboxItems] Counts outboxItems
             * @property {number|null} [networks] Counts networks
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Counts.
             * @memberof lowbeat.record
             * @interface ICounts
             * @augments lowbeat.record.Counts.$Properties
             * @deprecated Use lowbeat.record.Counts.$Properties instead.
             */

            /**
             * Shape of a Counts.
             * @typedef {lowbeat.record.Counts.$Properties} lowbeat.record.Counts.$Shape
             */

            /**
             * Constructs a new Counts.
             * @memberof lowbeat.record
             * @classdesc Represents a Counts.
             * @constructor
             * @param {lowbeat.record.Counts.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Counts = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Counts users.
             * @member {number} users
             * @memberof lowbeat.record.Counts
             * @instance
             */
            Counts.prototype.users = 0;

            /**
             * Counts devices.
             * @member {number} devices
             * @memberof lowbeat.record.Counts
             * @instance
             */
            Counts.prototype.devices = 0;

            /**
             * Counts apps.
             * @member {number} apps
             * @memberof lowbeat.record.Counts
             * @instance
             */
            Counts.prototype.apps = 0;

            /**
             * Counts waitingNotifications.
             * @member {number} waitingNotifications
             * @memberof lowbeat.record.Counts
             * @instance
             */
            Counts.prototype.waitingNotifications = 0;

            /**
             * Counts outboxItems.
             * @member {number} outboxItems
             * @memberof lowbeat.record.Counts
             * @instance
             */
            Counts.prototype.outboxItems = 0;

            /**
             * Counts networks.
             * @member {number} networks
             * @memberof lowbeat.record.Counts
             * @instance
             */
            Counts.prototype.networks = 0;

            /**
             * Encodes the specified Counts message. Does not implicitly {@link lowbeat.record.Counts.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Counts
             * @static
             * @param {lowbeat.record.Counts.$Properties} message Counts message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Counts.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.users != null && $Object.hasOwnProperty.call(message, "users") && !$Object.is(message.users, 0))
                    writer.uint32(/* id 1, wireType 1 =*/9).double(message.users);
                if (message.devices != null && $Object.hasOwnProperty.call(message, "devices") && !$Object.is(message.devices, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.devices);
                if (message.apps != null && $Object.hasOwnProperty.call(message, "apps") && !$Object.is(message.apps, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.apps);
                if (message.waitingNotifications != null && $Object.hasOwnProperty.call(message, "waitingNotifications") && !$Object.is(message.waitingNotifications, 0))
                    writer.uint32(/* id 4, wireType 1 =*/33).double(message.waitingNotifications);
                if (message.outboxItems != null && $Object.hasOwnProperty.call(message, "outboxItems") && !$Object.is(message.outboxItems, 0))
                    writer.uint32(/* id 5, wireType 1 =*/41).double(message.outboxItems);
                if (message.networks != null && $Object.hasOwnProperty.call(message, "networks") && !$Object.is(message.networks, 0))
                    writer.uint32(/* id 6, wireType 1 =*/49).double(message.networks);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Counts message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Counts
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Counts & lowbeat.record.Counts.$Shape} Counts
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Counts.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.Counts();
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
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.users = value;
                            else
                                delete message.users;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.devices = value;
                            else
                                delete message.devices;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.apps = value;
                            else
                                delete message.apps;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.waitingNotifications = value;
                            else
                                delete message.waitingNotifications;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.outboxItems = value;
                            else
                                delete message.outboxItems;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.networks = value;
                            else
                                delete message.networks;
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

            return Counts;
        })();

        record.Network = (function() {

            /**
             * Properties of a Network.
             * @typedef {Object} lowbeat.record.Network.$Properties
             * @property {Array.<lowbeat.record.NetworkReport.$Properties>|null} [reports] Network reports
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Network.
             * @memberof lowbeat.record
             * @interface INetwork
             * @augments lowbeat.record.Network.$Properties
             * @deprecated Use lowbeat.record.Network.$Properties instead.
             */

            /**
             * Shape of a Network.
             * @typedef {lowbeat.record.Network.$Properties} lowbeat.record.Network.$Shape
             */

            /**
             * Constructs a new Network.
             * @memberof lowbeat.record
             * @classdesc Represents a Network.
             * @constructor
             * @param {lowbeat.record.Network.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Network = function (properties) {
                this.reports = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Network reports.
             * @member {Array.<lowbeat.record.NetworkReport.$Properties>} reports
             * @memberof lowbeat.record.Network
             * @instance
             */
            Network.prototype.reports = $util.emptyArray;

            /**
             * Encodes the specified Network message. Does not implicitly {@link lowbeat.record.Network.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.Network
             * @static
             * @param {lowbeat.record.Network.$Properties} message Network message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Network.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reports != null && message.reports.length)
                    for (let i = 0; i < message.reports.length; ++i)
                        $root.lowbeat.record.NetworkReport.encode(message.reports[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Network message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.Network
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.Network & lowbeat.record.Network.$Shape} Network
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Network.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.lowbeat.record.Network();
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
                            if (wireType !== 2)
                                break;
                            if (!(message.reports && message.reports.length))
                                message.reports = [];
                            message.reports.push($root.lowbeat.record.NetworkReport.decode(reader, reader.size(), $undefined, _depth + 1));
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

            return Network;
        })();

        record.NetworkReport = (function() {

            /**
             * Properties of a NetworkReport.
             * @typedef {Object} lowbeat.record.NetworkReport.$Properties
             * @property {number|null} [reporter] NetworkReport reporter
             * @property {number|null} [step] NetworkReport step
             * @property {number|null} [atMs] NetworkReport atMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a NetworkReport.
             * @memberof lowbeat.record
             * @interface INetworkReport
             * @augments lowbeat.record.NetworkReport.$Properties
             * @deprecated Use lowbeat.record.NetworkReport.$Properties instead.
             */

            /**
             * Shape of a NetworkReport.
             * @typedef {lowbeat.record.NetworkReport.$Properties} lowbeat.record.NetworkReport.$Shape
             */

            /**
             * Constructs a new NetworkReport.
             * @memberof lowbeat.record
             * @classdesc Represents a NetworkReport.
             * @constructor
             * @param {lowbeat.record.NetworkReport.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const NetworkReport = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * NetworkReport reporter.
             * @member {number} reporter
             * @memberof lowbeat.record.NetworkReport
             * @instance
             */
            NetworkReport.prototype.reporter = 0;

            /**
             * NetworkReport step.
             * @member {number} step
             * @memberof lowbeat.record.NetworkReport
             * @instance
             */
            NetworkReport.prototype.step = 0;

            /**
             * NetworkReport atMs.
             * @member {number} atMs
             * @memberof lowbeat.record.NetworkReport
             * @instance
             */
            NetworkReport.prototype.atMs = 0;

            /**
             * Encodes the specified NetworkReport message. Does not implicitly {@link lowbeat.record.NetworkReport.verify|verify} messages.
             * @function encode
             * @memberof lowbeat.record.NetworkReport
             * @static
             * @param {lowbeat.record.NetworkReport.$Properties} message NetworkReport message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            NetworkReport.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.reporter != null && $Object.hasOwnProperty.call(message, "reporter") && message.reporter !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.reporter);
                if (message.step != null && $Object.hasOwnProperty.call(message, "step") && message.step !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.step);
                if (message.atMs != null && $Object.hasOwnProperty.call(message, "atMs") && !$Object.is(message.atMs, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.atMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a NetworkReport message from the specified reader or buffer.
             * @function decode
             * @memberof lowbeat.record.NetworkReport
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {lowbeat.record.NetworkReport & lowbeat.record.NetworkReport.$Shape} NetworkReport
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            NetworkReport.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.lowbeat.record.NetworkReport();
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
                                message.reporter = value;
                            else
                                delete message.reporter;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.step = value;
                            else
                                delete message.step;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.atMs = value;
                            else
                                delete message.atMs;
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

            return NetworkReport;
        })();

        return record;
    })();

    return lowbeat;
})();

export {
  $root as default
};
