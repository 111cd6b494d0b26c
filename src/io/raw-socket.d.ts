/** The part of raw-socket 1.8.1 that is used. Its own constants lack most of Linux's options; numbers are passed. */
declare module 'raw-socket' {
  /** The native half. It emits `recvReady`, `sendReady`, `error` and `close`. */
  export interface SocketWrap {
    /**
     * Reads one packet into `buffer` and calls back before it returns. Throws an Error whose message is strerror's text,
     * EAGAIN's included. After `close` it would silently open another, unbound socket.
     */
    recv(buffer: Uint8Array, received: (buffer: Uint8Array, bytes: number, source: string) => void): void;
    /** Sends at once and calls back before it returns. Throws like `recv`. */
    send(
      buffer: Uint8Array,
      offset: number,
      length: number,
      address: string,
      sent: (bytes: number) => void,
    ): void;
    on(event: 'recvReady', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    removeAllListeners(event: string): this;
  }

  export interface Socket {
    readonly wrap: SocketWrap;
    close(): this;
    pauseRecv(): this;
    setOption(level: number, option: number, value: number): void;
    setOption(level: number, option: number, value: Uint8Array, length: number): void;
    getOption(level: number, option: number, value: Uint8Array, length: number): number;
    getOption(level: number, option: number, value: Uint8Array, length: number): number;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  /** Throws an Error with strerror's text (EPERM without CAP_NET_RAW). `addressFamily` 1 is IPv4. */
  export function createSocket(options: {
    readonly protocol: number;
    readonly addressFamily: 1 | 2;
    readonly bufferSize?: number;
  }): Socket;
}
