// Every bound of the project with its reason. Relations between them are asserted below, at load.

export const limits = {
  // --- frames -------------------------------------------------------------------------------
  /** Largest notification payload: RFC 8030 §7.2 asks a push service for 4096 bytes. */
  payloadBytes: 4096,
  /** Largest upstream message: what goes up is not larger than what comes down. */
  messageBytes: 4096,
  /** Largest frame in either direction: a batch of a few full payloads; more is split. */
  frameBytes: 16_384,
  /** Largest MQTT packet a device may send: a full frame, the topic, the header. */
  devicePacketBytes: 16_400,
  /** Largest MQTT packet an app server may send: a payload, a topic with options, the header. */
  appPacketBytes: 8_192,
  /** Largest CONNECT: client id, user name and password of ours take under 200 bytes. */
  connectPacketBytes: 1_024,
  /** Routine frames with their MQTT header: above this a 3G radio leaves its cheap state (facts/presence). */
  routinePacketBytes: 54,
  /** Items of one kind in one frame. */
  frameItems: 128,
  /** Malformed frames a link may send before it is closed. */
  malformedFrames: 8,

  // --- heartbeats -----------------------------------------------------------------------------
  /** Longest promise, seconds: the largest that a two-byte varint carries, so a heartbeat stays at 12 bytes. */
  promiseSeconds: 16_383,
  shortestPromiseSeconds: 5,
  /** Added to a promise before a device counts as offline: one retransmission time-out of a slow radio and a paging cycle. */
  graceMs: 20_000,
  /** Traffic down up to so many bytes is an answer (PUBACK) and no notification. */
  answerBytes: 4,
  /** Windows in which a system lets a device wake: more than a day of one every half hour. */
  alarmWindows: 64,
  /** Wait for the answer to a frame before the link counts as dead. */
  answerWaitMs: 30_000,
  /** A lost socket without a goodbye keeps its presence this long (facts/presence S3). */
  lingerMs: 15_000,

  // --- delivery -------------------------------------------------------------------------------
  /** Longest TTL: RFC 8030 leaves it to the service; 28 days is what web-push asks for by default. */
  ttlSeconds: 2_419_200,
  /** Notifications sent and not acknowledged on one link. */
  inFlight: 32,
  /** Of these, of one app: one whose handler hangs, or that is not there, must not stop the others. */
  inFlightPerApp: 16,
  /** Notifications read from the store for one device at a time. */
  loadCount: 32,
  /** Waiting notifications of one subscription; beyond it the oldest goes and the app is told. */
  waitingPerSubscription: 100,
  /** Longest an admitted, unhurried notification is held for a radio-on moment; an operator may set it. */
  holdMs: 3_600_000,
  /** A frame that the device did not acknowledge is sent again on the same link after this long. */
  redeliverMs: 120_000,
  /** Times it is sent again on one link; then it waits for the next one and no longer takes room in flight. */
  redeliveries: 3,
  /** The radio counts as on this long after a frame: under the shortest tail known, 4 s of 3G (facts/energy). */
  radioOnMs: 2_000,
  /** What is held leaves this long before its TTL ends: a read of the store, paging, promotion, a retransmission. */
  holdMarginMs: 10_000,
  /** A link whose send buffer does not drain for this long is closed as too slow. */
  blockedMs: 60_000,
  /** Confirmations, rejections and the like that wait for a slow link. */
  blockedItems: 512,

  // --- names ----------------------------------------------------------------------------------
  nameCharacters: 64,
  /** Collapse key: RFC 8030 §5.4. */
  topicCharacters: 32,
  /** A sender's own name for a message. */
  referenceCharacters: 64,
  /** Windows of one grant: every day of the week its own, twice a day. */
  windowsPerGrant: 14,
  /** The longest name of a time zone there is has 32. */
  zoneCharacters: 64,
  subscriptionsPerDevice: 256,
  devicesPerUser: 64,
  networkKeyBytes: 8,
  /** Networks that a gateway keeps reports of; a new one beyond it is not kept. */
  fleetNetworks: 16_384,
  /** What a fleet knows of one network, as a device is told: 16 weights of 4 bits, so that it fits a routine frame. */
  fleetBytes: 8,
  /** The name an app server uses for one subscription: ours have 30 characters. */
  subscriptionCharacters: 64,
  /** Keys that a gateway makes once and keeps with its records, and the bytes of one. */
  keptKeys: 32,
  keptKeyBytes: 4_096,
  /** Days that a window names: each of the week once. */
  daysPerWindow: 7,
  /** Addresses an app may send its users back to: one for each of its platforms and stages. */
  redirectUrisPerApp: 16,
  /** An address that an app registers: what every browser and proxy takes. */
  urlCharacters: 2_048,
  /** RFC 1035 §2.3.4, written without the final dot. */
  domainCharacters: 253,
  /** A small record of the HTTP side: a session of an OAuth provider with its grants has some kilobytes. */
  documentBytes: 16_384,
  /** Kinds are words of the program itself. */
  documentKindCharacters: 32,
  /** Other names that a document is found by: user code, grant, the one it came from. */
  documentNames: 8,
  /** Ids and names of documents: 64 random bytes in base64url, and a word before them. */
  documentNameCharacters: 160,
  /** Documents of one kind of one user: sessions and tokens of years, and still one short list. */
  documentsPerOwner: 1_000,
  /** Web Push endpoint: UnifiedPush asks for at most 1000 bytes. */
  endpointCharacters: 1_000,

  // --- device ---------------------------------------------------------------------------------
  /** Upstream messages a device keeps while it has no link. */
  upstreamWaiting: 256,
  /** Upstream messages sent and not yet answered. */
  upstreamInFlight: 16,
  /** Ids a device remembers to drop duplicates by. */
  rememberedIds: 1_024,
  /** Notifications that the user handled, kept by a device until the gateway knows it: a day without a network. */
  handledWaiting: 256,
  /** Networks whose timeouts a device remembers: home, work, some carriers, a year of hotels. */
  rememberedNetworks: 32,
  /** Longest wait before a device tries to connect again. */
  reconnectCapMs: 900_000,
  /** First wait before a device tries to connect again. */
  reconnectBaseMs: 2_000,
  /** How long a handler may take before its notification counts as unhandled. */
  handlerMs: 60_000,
  /** Notifications that wait for their handlers on a device; above what a gateway sends before it is acknowledged. */
  deliveriesWaiting: 128,
  /** Bytes a device reads without finding a whole packet: one read of a socket and a full packet, twice. */
  deviceReadBytes: 163_840,
  /** Handler calls for one notification before it is given up; no more than it is sent on one link. */
  handlerAttempts: 3,
  /** Frames that only acknowledged, of which a device remembers what until a later frame is answered. */
  unprovenFrames: 64,
  /** Frames up that are sent and not yet answered. */
  upFramesInFlight: 8,
  /** Frames a device sends in a second, sustained, and at once: half of what the gateway admits. */
  agentFramesPerSecond: 10,
  agentFrameBurst: 100,
  /** A connection attempt that has not ended by then has failed. */
  connectAttemptMs: 60_000,
  /** A heartbeat goes up at the earliest this long after another frame, whatever the controller plans. */
  beatGapMs: 1_000,
  /** A timer that fires later than this was asleep with its device: the answer may lie unread in the socket. */
  lateMs: 5_000,
  /** Between the starts of two attempts, whatever the reason: a network that flaps must not cost more. */
  attemptGapMs: 1_000,
  /** A connection attempt that was given up may reach the gateway late, and take over the link of one that began within this time. */
  ghostMs: 120_000,
  /** A link that lasted this long was good: the next loss starts the backoff anew. */
  stableLinkMs: 60_000,
  /** Longest not-before that a device heeds: a wrong number must not silence a phone for good. */
  notBeforeSeconds: 86_400,
  /** Refusals in a row, at the longest backoff, after which credentials that once worked count as gone: about a day. */
  refusals: 96,
  /** What the gateway could not keep just now is offered again after this long. */
  offerAgainMs: 60_000,
  /** What the heartbeat controller learned is kept at most this often while a link lasts. */
  memoryMs: 3_600_000,

  // --- Web Push ---------------------------------------------------------------------------------
  /** Messages to one endpoint in a second, sustained, and at once: a busy chat, and then a little. */
  endpointPushesPerSecond: 10,
  endpointPushBurst: 200,
  /** Of one application server key, and from one address: what one app may over MQTT. */
  senderPushesPerSecond: 5_000,
  senderPushBurst: 10_000,
  /**
   * Signatures from one address that are refused, in a second and at once: each costs what many pushes cost, and a sender whose clock
   * is wrong, or whose key has changed, learns it from the first.
   */
  refusedSignaturesPerSecond: 20,
  refusedSignatureBurst: 1_024,
  /** Signatures that are checked at a time: enough for the four threads of Node, few enough that the store is not kept waiting for one. */
  signatureChecks: 16,
  /** Pushes under way, of which bodies may be slow: of one address what fits one group commit, of all a quarter of what the store takes. */
  pushesUnderWayPerAddress: 512,
  pushesUnderWay: 4_096,
  /** Senders, addresses and endpoints whose rate is remembered; the longest silent is forgotten. */
  pushRates: 50_000,
  /** Signatures that were checked and are good until they end. */
  vapidTokens: 4_096,
  /** Longest `Authorization` of Web Push: a token of a few hundred characters and a key. */
  vapidCharacters: 4_096,
  /** RFC 8292 §2: a token ends within a day. */
  vapidSeconds: 86_400,
  /** Clocks of senders differ. */
  vapidLeewaySeconds: 60,
  /** Receipts in one answer. */
  receiptsAtOnce: 256,
  /** Longest that a request waits for receipts: below what proxies allow by default. */
  receiptWaitSeconds: 50,
  /** Requests and streams that wait for receipts at a time: as sockets some 40 MB. */
  receiptReaders: 10_000,
  /** Of one receipt subscription: the processes of one sender, and those of its streams that broke unnoticed. */
  receiptReadersPerSubscription: 16,
  /** From one address: a sender that signs has one receipt subscription, one that does not has one for each endpoint. */
  receiptReadersPerAddress: 1_000,
  /** A stream of receipts says that it lives this often: below what proxies allow by default. */
  receiptBeatMs: 20_000,
  /** A stream ends so long after its first receipt, or after so many: by coming back its reader says what it has. */
  receiptStreamMs: 60_000,
  receiptStreamItems: 1_000,
  /** A reader whose stream ended comes back after this long. */
  receiptRetryMs: 1_000,

  /** Body of a Matrix push: an event has 65,536 bytes at most, and what stands around it may not be more. */
  matrixBodyBytes: 131_072,
  /** Devices of one Matrix push: homeservers send to one at a time. */
  matrixDevices: 64,
  /** Matrix pushes under way: of one address what goes to as many devices as eight group commits, of all 64 MB of bodies. */
  matrixUnderWayPerAddress: 64,
  matrixUnderWay: 512,
  /** A Matrix notification is kept as long as a phone may be away over a holiday and still be told that there is news. */
  matrixTtlSeconds: 604_800,
  /** Matrix notifications that were taken, so that one that is sent again is not delivered again: some 3 MB. */
  matrixRemembered: 16_384,

  // --- Web Push to other services ------------------------------------------------------------------
  /** RFC 8291 §4: what fits one record of a 4096-byte body. */
  outgoingPushBytes: 3_993,
  /** For one request of ours, its answer included: push services answer within a second. */
  outgoingMs: 15_000,
  /** Bytes that are read of an answer: what is needed stands in its headers, or is one line. */
  outgoingAnswerBytes: 16_384,
  /** Connections of ours to one host, and to all; one that nobody uses is closed after this. */
  outgoingSocketsPerHost: 16,
  outgoingSockets: 256,
  outgoingIdleMs: 30_000,
  /** How long linked devices have before somebody else's push service is asked: a reconnect on a bad network, then more. */
  fallbackHighMs: 15_000,
  fallbackNormalMs: 60_000,
  fallbackLowMs: 600_000,
  fallbackVeryLowMs: 3_600_000,
  /** First and longest wait after a push service that could not take a message; one that says how long is heeded for a day. */
  fallbackRetryMs: 30_000,
  fallbackRetryCapMs: 3_600_000,
  fallbackHeededSeconds: 86_400,
  /** Messages that are being sent on at a time, one for a device: sockets, and encryption on the one core there may be. */
  fallbackAtOnce: 64,

  // --- presence ---------------------------------------------------------------------------------
  /** How old the last sign of life may be of a user whom somebody watches: about what a carrier's network keeps a silent link. */
  freshnessSeconds: 900,
  /** Answers to `notify` come a whole number of these later: what a delivery leaves behind on a common disk is over, and nobody waits. */
  answerStepMs: 10,
  /** Longest that an operator may delay changes for apps, independently: what is older than a sign of life may be is of no use. */
  presenceDelaySeconds: 900,
  /** Farthest that an operator may move the edges of windows inward: a window of an evening keeps most of itself. */
  windowJitterMinutes: 60,
  /** Windows that open at the same moment are told within this; shorter than any window. */
  openingSpreadMs: 5_000,
  /** Devices hear that nobody watches any more this long after the last reader of an app left. */
  watchLingerMs: 60_000,
  /** Events sent to one connection of an app server and not acknowledged. */
  presenceInFlight: 64,
  /** A stream of presence that broke can be resumed for this long; so many of one app are kept. */
  presenceResumeMs: 300_000,
  presenceStreamsPerApp: 32,
  /** Events in one webhook: some 5 kB, which an idle connection takes at once. */
  webhookEvents: 64,
  /** Webhooks under way at a time, one of an app, and of those to one host: a host that hangs keeps the others waiting for nothing. */
  webhooksAtOnce: 64,
  webhooksAtOncePerHost: 8,
  /** First and longest wait after a receiver that did not take a webhook; one that says how long is heeded for an hour. */
  webhookRetryMs: 5_000,
  webhookRetryCapMs: 900_000,
  webhookHeededSeconds: 3_600,
  /** A receiver that has taken nothing for so long watches nobody any more: phones must not pay for it. */
  webhookRestMs: 900_000,
  /** After a notification went to a linked device and no sign of life came back, it counts as offline: a handler and an answer. */
  probeSilenceMs: 90_000,

  // --- accounts ---------------------------------------------------------------------------------
  /** A session ends so long after it began, or after nobody used it: a month, and a week. */
  sessionMs: 2_592_000_000,
  sessionIdleMs: 604_800_000,
  /** That a session is used is written down this often. */
  sessionRenewMs: 3_600_000,
  /** Browsers in which one user is signed in; the longest unused is signed out. */
  sessionsPerUser: 32,
  /** NIST SP 800-63B asks for 8 at least; what a password manager makes is under 128. */
  passwordLeastCharacters: 10,
  passwordCharacters: 256,
  /** Hashes of passwords made at a time, and with those that wait: each takes 19 MiB and some 40 ms of a core. */
  passwordChecks: 2,
  passwordChecksWaiting: 64,
  /** Passkeys of one user. */
  passkeysPerUser: 16,
  /** WebAuthn §4: an id of a credential has 1023 bytes at most, which are so many characters of base64url. */
  passkeyCharacters: 1_364,
  /** Between the question to an authenticator and its answer. */
  challengeMs: 300_000,
  challengesRemembered: 16_384,
  /** Attempts to sign in: of one network one in ten seconds, 20 at once; by one name one a minute, 10 at once. */
  signInsPerAddressPerSecond: 0.1,
  signInBurstPerAddress: 20,
  signInsPerNamePerSecond: 1 / 60,
  signInBurstPerName: 10,
  signInRates: 50_000,
  /** An invitation is good for a week, and a link to set a password for a day; so many are open at a time. */
  invitationMs: 604_800_000,
  recoveryMs: 86_400_000,
  invitations: 1_000,
  /** Pages of one user that are open and hear of changes; one that nobody reads ends by itself. */
  consoleStreamsPerUser: 16,
  /** Pages of operators that are open and hear how the gateway is, every so often. */
  operatorStreams: 64,
  operatorTellMs: 2_000,
  /** What changes often is told at most this often. */
  consoleGapMs: 250,

  /** Apps that one user may register. */
  appsPerUser: 16,

  /** Schedules whose next edge is remembered: each costs some 150 µs to look at by the rules of its zone. */
  cachedSchedules: 10_000,

  // --- authorization ----------------------------------------------------------------------------
  /** A code is traded at once by an app's server (facts/presence A3). */
  oauthCodeSeconds: 60,
  /** A token that leaked is of no use after this. */
  oauthAccessTokenSeconds: 3_600,
  /** To sign in, read and decide. */
  oauthInteractionSeconds: 900,
  /** Authorizations that begin at one address, in a second and at once: a household or an office; so many addresses are remembered. */
  oauthBeginningsPerSecond: 1,
  oauthBeginningBurst: 60,
  oauthBeginningRates: 50_000,
  /** From the code that a device shows to its user's yes (RFC 8628 §3.2), and between two questions of the device. */
  pairingSeconds: 900,
  pairingIntervalSeconds: 5,
  /** Of a device whose clock runs fast, or whose question was lost. */
  pairingPollBurst: 4,
  /** Codes that were wrong, of one user: 34 bits are not guessed at this rate. So many users and devices are remembered. */
  pairingLooksPerSecond: 1 / 30,
  pairingLookBurst: 10,
  pairingRates: 50_000,
  /** An app that was not there for so long asks again. */
  oauthRefreshTokenSeconds: 7_776_000,

  // --- gateway --------------------------------------------------------------------------------
  /** From the accepted socket to a complete CONNECT. */
  connectMs: 10_000,
  /** Items waiting for one app server that is away. */
  outboxItems: 10_000,
  /** Items sent to one app server and not acknowledged. */
  outboxInFlight: 64,
  /** Notifications handled elsewhere that a device is still to be told of: no screen shows as many; the oldest go. */
  clearsWaiting: 256,
  /** How long they wait for a device: after a week away it has not been looked at, and few notifications are of use. */
  clearSeconds: 604_800,
  /** How long upstream messages, receipts and errors wait for an app server. */
  outboxSeconds: 604_800,
  /** Bytes waiting in one socket's send buffer before the link counts as slow. */
  sendBufferBytes: 65_536,
  /** Operations that share one synced batch of the store. */
  groupCommit: 512,
  /** Bytes of values after which a group takes no further operation: a write buffer of the store holds two. */
  groupCommitBytes: 8_388_608,
  /**
   * How long a write that nobody waits for waits for others to share a sync with: an acknowledgement, or a notification whose sender is
   * answered with the next of `answerStepMs`, which leaves the rest of that to the disk.
   */
  storePatienceMs: 4,
  /** Operations waiting for the store; beyond it senders are told to come back. */
  storeWaiting: 16_384,
  /** Decoded records that the store keeps at hand, the longest unused go: a few for each device that is spoken to. */
  storeCachedRecords: 65_536,
  /** Notifications that were just accepted and are kept at hand for their acknowledgement: 8 MB if each is as large as can be. */
  storeFreshNotifications: 2_048,
  /** Numbers of a user's notifications that the store reserves with one write; a start leaves as large a gap at most. */
  storeNumbersReserved: 32,
  /** Devices, users and grants whose keys the store keeps as text, each: some megabytes. */
  storeRememberedKeys: 8_192,
  /** Entries that share one batch of a migration or a restore: some megabytes. */
  storeBatchEntries: 1_000,
  /** How busy the process is, and how large its heap, is looked at this often. */
  heapSampleMs: 2_000,
  /** Quiet: at work for less of the time. At some 50 notifications a second V8 itself counts a process as making little. */
  quietShare: 0.02,
  /** After so long of it garbage is collected: the pause, 0.7 ms for each megabyte that is in use, is in nobody's way. */
  collectionQuietMs: 4_000,
  /** Once more after this: V8 makes the young generation smaller by what was made in the five seconds before. */
  secondCollectionQuietMs: 6_000,
  /** If the heap has grown by so much: less is not worth the pauses. */
  collectionGrowthBytes: 8_388_608,
  /** Frames a device may send in a second, sustained, and at once. */
  deviceFramesPerSecond: 20,
  deviceFrameBurst: 200,
  /** Publishes of one app in a second, sustained, and at once; beyond it its connection is read more slowly. */
  appPublishesPerSecond: 5_000,
  appPublishBurst: 10_000,
  /** Users, identities and apps that the gateway remembers from the store: a few tens of megabytes at most. */
  cachedUsers: 10_000,
  cachedIds: 50_000,
  cachedApps: 4_096,
  /** Times a publish looks again because what it had read changed meanwhile; changes are rare. */
  resolveAttempts: 8,
  /** Publishes that are kept and not handed to the links yet; it holds more than one only while the store is asked again. */
  deliveryQueue: 16_384,
  /** TTL 0 means now or never: this long is now. Under the shortest TTL that is not 0. */
  nowOrNeverMs: 1_000,
  /** Expired records are looked for this often, and so many of them removed at a time. */
  sweepMs: 5_000,
  sweepRecords: 512,
  /** What expired is removed this much later, so that an acknowledgement under way still counts; it is not delivered meanwhile. */
  sweepLagMs: 30_000,
  /** The store is asked this often whether it can keep things; */
  probeMs: 15_000,
  /** and this often while it cannot. */
  probeFailingMs: 2_000,
  /** Devices that may come back in a second after a clean stop: well under what one gateway accepts. */
  reconnectsPerSecond: 500,
  /** Errors that wait for one app: what it is told of its own mistakes must not crowd out what users send it. */
  outboxErrors: 5_000,
  /** How long an error waits for an app server. */
  errorSeconds: 3_600,
  /** Records on one page of an operator's list. */
  pageItems: 1_000,
  /** Filters that one app connection may subscribe to; four with `+` are all that there is to see. */
  appFilters: 1_000,
  /** Publishes of one app connection that are being made durable: one full group commit. */
  appPublishesInFlight: 512,
  /** Frames of one device that are not yet answered; beyond it its link is read no further. */
  deviceFramesUnanswered: 64,
  /** Connections of all doors together: about 4 kB each, so 400 MB at most; an operator may set it. */
  connections: 100_000,
  /** HTTP connections of one address: all readers and pushes that it may have, and as many that are idle. */
  httpConnectionsPerAddress: 3_072,
  /** HTTP connections that are no WebSockets: about 12 kB each, so 200 MB at most. */
  httpConnections: 16_384,
  /** Networks of reverse proxies that are trusted: looked through for each request. */
  trustedProxies: 256,
  /** PROXY protocol header: the specification has senders stay within one 576-byte IPv4 packet less its headers. */
  proxyHeaderBytes: 536,
  /** From closing a connection to cutting it, for the last bytes and the peer's own close. */
  closeMs: 3_000,
  /** A clean stop ends after this long whatever still hangs. */
  stopMs: 10_000,
} as const;

type Limit = keyof typeof limits;

const relations: readonly (readonly [smaller: Limit, larger: Limit])[] = [
  ['payloadBytes', 'frameBytes'],
  ['messageBytes', 'frameBytes'],
  ['frameBytes', 'devicePacketBytes'],
  ['payloadBytes', 'appPacketBytes'],
  ['inFlightPerApp', 'inFlight'],
  ['inFlight', 'waitingPerSubscription'],
  ['shortestPromiseSeconds', 'promiseSeconds'],
  ['reconnectBaseMs', 'reconnectCapMs'],
  ['inFlight', 'frameItems'],
  ['upstreamInFlight', 'frameItems'],
  // What a device no longer knows it would clear for nothing.
  ['clearsWaiting', 'rememberedIds'],
  ['groupCommit', 'storeWaiting'],
  ['inFlight', 'deliveriesWaiting'],
  ['devicePacketBytes', 'deviceReadBytes'],
  ['handlerAttempts', 'redeliveries'],
  ['agentFramesPerSecond', 'deviceFramesPerSecond'],
  ['agentFrameBurst', 'deviceFrameBurst'],
  ['radioOnMs', 'redeliverMs'],
  ['connectAttemptMs', 'reconnectCapMs'],
  ['errorSeconds', 'outboxSeconds'],
  ['outboxErrors', 'outboxItems'],
  ['probeFailingMs', 'probeMs'],
  ['appPublishesInFlight', 'storeWaiting'],
  ['closeMs', 'stopMs'],
  ['heapSampleMs', 'collectionQuietMs'],
  ['collectionQuietMs', 'secondCollectionQuietMs'],
  ['receiptsAtOnce', 'receiptStreamItems'],
  ['receiptReadersPerSubscription', 'receiptReadersPerAddress'],
  ['receiptReadersPerAddress', 'receiptReaders'],
  ['receiptReadersPerAddress', 'httpConnectionsPerAddress'],
  ['pushesUnderWayPerAddress', 'groupCommit'],
  ['pushesUnderWayPerAddress', 'pushesUnderWay'],
  // All that one address has under way may be signed, and none of it wrong.
  ['pushesUnderWayPerAddress', 'refusedSignatureBurst'],
  ['pushesUnderWay', 'storeWaiting'],
  ['matrixUnderWayPerAddress', 'matrixUnderWay'],
  ['httpConnectionsPerAddress', 'httpConnections'],
  ['receiptReaders', 'httpConnections'],
  ['httpConnections', 'connections'],
  ['receiptStreamItems', 'outboxItems'],
  ['matrixTtlSeconds', 'ttlSeconds'],
  ['freshnessSeconds', 'promiseSeconds'],
  ['presenceDelaySeconds', 'freshnessSeconds'],
  ['handlerMs', 'probeSilenceMs'],
  ['sessionRenewMs', 'sessionIdleMs'],
  ['sessionIdleMs', 'sessionMs'],
  ['sessionsPerUser', 'documentsPerOwner'],
  ['passkeysPerUser', 'documentsPerOwner'],
  ['passwordLeastCharacters', 'passwordCharacters'],
  ['passwordChecks', 'passwordChecksWaiting'],
  ['invitations', 'documentsPerOwner'],
  ['fallbackHighMs', 'fallbackNormalMs'],
  ['fallbackNormalMs', 'fallbackLowMs'],
  ['fallbackLowMs', 'fallbackVeryLowMs'],
  ['fallbackRetryMs', 'fallbackRetryCapMs'],
  ['webhookRetryMs', 'webhookRetryCapMs'],
  ['webhooksAtOncePerHost', 'webhooksAtOnce'],
  ['webhooksAtOncePerHost', 'outgoingSocketsPerHost'],
  ['webhooksAtOnce', 'outgoingSockets'],
];
for (const [smaller, larger] of relations) {
  if (limits[smaller] > limits[larger]) {
    throw new Error(`limits: ${smaller} (${limits[smaller]}) must not be above ${larger} (${limits[larger]})`);
  }
}
