// Costs outside the radio profiles, each with its source.

/** TCP/IP header with the timestamp option: facts, "52 (TCP/IP)". */
export const tcpIpBytes = 52;
/** One TLS 1.3 record around a packet: facts, "a TLS record adds 22 B", measured. */
export const tlsRecordBytes = 22;
/** PUBACK. */
export const pubackBytes = 4;

/**
 * A connect up and down: TCP, a resumed TLS 1.3 handshake (ClientHello with a ticket about 600, ServerHello to Finished about 300), CONNECT
 * and CONNACK with their headers. Assumed sizes; on 3G a connect is dominated by the radio's states, not by them.
 */
export const connectUpBytes = 1100;
export const connectDownBytes = 700;
/** Round trips before the first frame: TCP, TLS 1.3, CONNECT. */
export const connectRoundTrips = 3;

/** One wake-up of the processor by an alarm: no source was found; assumed, its influence is shown in docs/simulator.md. */
export const cpuWakeMj = 100;

/** Linux: first retransmission after 200 ms plus the round trip, at least 1 s by RFC 6298; then doubled. */
export const retransmitFirstMs = 1_000;
export const retransmitMostMs = 60_000;

/** How long after a burst began the phone's other apps can see it (traffic counters): assumed. */
export const burstNoticeMs = 500;
