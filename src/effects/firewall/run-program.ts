/** Runs a program with a text on its standard input, and waits for its end. */

/** Far more than a change of a table takes on a loaded machine. */
const LIMIT_MS = 10_000;
const LONGEST_ERROR = 400;
/** Characters; some ten thousand rules. */
const LONGEST_OUTPUT = 4 << 20;

export interface ProgramEnd {
  /** Null if it ended well, else what it said or what became of it. */
  readonly error: string | null;
  /** Of its standard output. */
  readonly output: string;
}

/** Null if it ended well, else what it said or what became of it. Never rejects. */
export async function runProgram(
  program: string,
  args: readonly string[],
  input: string,
): Promise<string | null> {
  return (await callProgram(program, args, input)).error;
}

/** The same, for one whose answer matters. */
export function callProgram(program: string, args: readonly string[], input: string): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = process
      .getBuiltinModule('node:child_process')
      .spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    const end = (error: string | null): void => {
      clearTimeout(timer);
      resolve({ error, output });
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > LONGEST_OUTPUT) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < LONGEST_ERROR) said += text;
    });
    // It may end without reading; its status says why.
    child.stdin.on('error', () => {});
    child.on('error', (error) => end(`${program}: ${error.message}`));
    child.on('close', (code, signal) => {
      if (code === 0) return end(null);
      const reason = said.trim().replaceAll(/\s+/g, ' ').slice(0, LONGEST_ERROR);
      end(`${program} ended with ${signal ?? code}: ${reason}`);
    });
    child.stdin.end(input);
  });
}
