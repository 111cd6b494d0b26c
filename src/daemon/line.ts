/** A log line, and whether it is only for those who ask for detail (-D). */
export interface Line {
  readonly text: string;
  readonly detail: boolean;
}

export const plain = (text: string): Line => ({ text, detail: false });
export const detail = (text: string): Line => ({ text, detail: true });
