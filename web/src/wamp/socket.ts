// The WebSocket to the service, which can be opened before there is a session to use it.
import type { Socket } from './session';

let ahead: WebSocket | null = null;

function open(): WebSocket {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  return new WebSocket(`${scheme}://${location.host}/ws`, ['wamp.2.json']);
}

/** Opens the socket that the next session takes. Only for who will sign in at once: the service does not wait long for the first word. */
export function openAhead(): void {
  ahead ??= open();
}

/** A socket for one session. */
export function webSocket(): Socket {
  const socket = ahead;
  ahead = null;
  return socket && socket.readyState <= WebSocket.OPEN ? socket : open();
}
