/** RFC 8291 §4: salt, record size, length of the sender's key and the key. Behind them bodies of the load carry their time. */
export const bodyHeaderBytes = 86;
