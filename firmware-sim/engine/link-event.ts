import type { DownFrame, UpFrame } from '../../src/core/frames.js';
import type { Attachment } from '../world/trace.js';
import type { Connection } from './connection.js';
import type { Timed } from './event-queue.js';

/** The link that an event is for. Not the class, which knows the handset, and that knows the events. */
export interface LinkEventReceiver {
  onEvent: (event: LinkEvent) => void;
}

/** What is under way for one link: on the air, in the network, or as a timer of TCP. */
export type LinkEvent = Timed & { readonly link: LinkEventReceiver } & (
    | { readonly type: 'connecting'; readonly attempt: number; readonly attachment: Attachment }
    | { readonly type: 'connected'; readonly attempt: number; readonly attachment: Attachment }
    | { readonly type: 'connect-failed'; readonly attempt: number }
    | { readonly type: 'at-gateway'; readonly connection: Connection; readonly frame: UpFrame; readonly token: number; readonly answered: boolean }
    | { readonly type: 'answered'; readonly connection: Connection; readonly token: number }
    | { readonly type: 'page'; readonly connection: Connection; readonly frame: DownFrame; readonly bytes: number }
    | { readonly type: 'down'; readonly connection: Connection; readonly frame: DownFrame; readonly bytes: number }
    | { readonly type: 'reset'; readonly connection: Connection }
    | { readonly type: 'retransmit'; readonly connection: Connection; readonly bytes: number; readonly waitMs: number }
  );
