/** Alert mails as text (RFC 5322), with the words that keepalived's readers and their filters know. */

export interface MailText {
  /** `Mon, 01 Mar 2021 09:44:08 +0000` (RFC 5322 section 3.3). */
  readonly date: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly body: string;
}

/** RFC 5322 section 2.1.1 asks for less; what is beyond it is somebody's mistake, and cut off. */
const MAX_HEADER_CHARACTERS = 900;

/** A name from the configuration could hold a control character, which must not end the header. */
function headerText(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, MAX_HEADER_CHARACTERS);
}

/** Characters that a display name may have only in quotes (RFC 5322 section 3.2.3). */
const SPECIAL = /[()<>[\]:;@\\,."]/;

/** An address as a header has it: `Ann Example <ann@example.org>`, its display name in quotes if it needs them. */
export function headerAddress(address: string): string {
  const [, name, mailbox] = /^(.*?)([ \t]*<[^<]*>)$/.exec(address) ?? [];
  if (name === undefined || mailbox === undefined || !SPECIAL.test(name)) return address;
  return `"${name.replace(/["\\]/g, '\\$&')}"${mailbox}`;
}

/** The mailbox alone, as the envelope has it: `ann@example.org`. */
export function envelopeAddress(address: string): string {
  return /<([^<]*)>$/.exec(address)?.[1] ?? address;
}

/** The whole message, lines ended by CR and LF; the line of the lone dot is the transport's. */
export function mailText({ date, from, to, subject, body }: MailText): string {
  const recipients = to.map((address) => headerText(headerAddress(address)));
  return [
    `Date: ${date}`,
    `From: ${headerText(headerAddress(from))}`,
    `Subject: ${headerText(subject)}`,
    'X-Mailer: Keepalived',
    `To: ${recipients.join(',\r\n ')}`,
    '',
    body,
    '',
    '',
  ].join('\r\n');
}
