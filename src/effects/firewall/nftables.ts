/** Firewall rules by nft(8): each change is one transaction of the kernel. */
import type { FirewallBackend } from './firewall.ts';
import { type NftOptions, NftScript } from './nft-script.ts';
import { runProgram } from './run-program.ts';

/** `run` hands a script to nft; it is called once at a time, in order. */
export function createNftables(
  options: NftOptions,
  run: (script: string) => Promise<string | null> = (script) => runProgram('nft', ['-f', '-'], script),
): FirewallBackend {
  const script = new NftScript(options);
  let begun = false;
  let last: Promise<unknown> = Promise.resolve();

  const perform = (build: () => void): Promise<string | null> => {
    const turn = async (): Promise<string | null> => {
      const undo = script.begin();
      if (!begun) script.removeTables();
      build();
      const error = await run(script.take());
      // Nothing of a transaction that failed was done: what it set up is not there.
      if (error === null) begun = true;
      else undo();
      return error;
    };
    const result = last.then(turn);
    last = result;
    return result;
  };

  return {
    change: (verb, addresses) => perform(() => script.change(verb, addresses)),
    changeDevice: (verb, device) => perform(() => script.changeDevice(verb, device)),
    close: async () => {
      await last;
      return begun ? perform(() => script.removeTables()) : null;
    },
  };
}
