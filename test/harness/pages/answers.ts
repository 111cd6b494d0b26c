/** What a scripted server does with a request. */
export type Answer =
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'reset' }
  /** Nothing, and the connection stays. */
  | { readonly kind: 'silence' };

export const page = (body: string, status = '200 OK'): Answer => ({
  kind: 'send',
  text: `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
});
