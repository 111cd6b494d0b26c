/** A headless Chromium with an empty profile of its own, that tells what a page said and what it asked for. */
import { rmSync } from 'node:fs';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { identify, type ProcessIdentity, withDescendants } from '../../src/lab/process.ts';
import { removeInTheEnd, temporaryDirectory } from '../harness/leftovers.ts';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught exceptions, failed requests. */
  readonly complaints: string[];
  /** Addresses of every request. */
  readonly requests: string[];
}

export interface Browser {
  /** A new page of 1440 x 900. */
  open(url: string): Promise<WatchedPage>;
  /** Closes every page, and goes on. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

function watch(page: Page): WatchedPage {
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on('request', (request) => requests.push(request.url()));
  return { page, complaints, requests };
}

function ownProcesses(): ProcessIdentity[] {
  const self = identify(process.pid);
  return self === null ? [] : withDescendants(self);
}

/** @param scheme which of the two colour schemes the user prefers */
export async function startBrowser(scheme: 'light' | 'dark' = 'light'): Promise<Browser> {
  const profile = temporaryDirectory('browser');
  const before = new Set(ownProcesses().map(({ pid }) => pid));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ARGUMENTS,
    viewport: { width: 1440, height: 900 },
    colorScheme: scheme,
  });
  // It ends with this process anyway, but writes into its profile until then.
  for (const identity of ownProcesses()) {
    if (!before.has(identity.pid)) removeInTheEnd({ kind: 'process', identity });
  }
  return {
    open: async (url) => {
      const watched = watch(await context.newPage());
      await watched.page.goto(url);
      return watched;
    },
    closePages: async () => {
      await Promise.all(context.pages().map((page) => page.close()));
    },
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
