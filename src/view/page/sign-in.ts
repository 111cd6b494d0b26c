/**
 * The token of a server that others than this machine can reach: from the address (`#token=...`), where it does not stay, or
 * from a person. The browser keeps a cookie for it that no script can read.
 */
import { html } from './dom.ts';

async function bring(token: string): Promise<boolean> {
  const response = await fetch('/api/sign-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  return response.ok;
}

/** Takes the token out of the address, so that nobody shares it with the place, and signs in with it. */
export async function signInByAddress(): Promise<void> {
  const fields = new URLSearchParams(location.hash.slice(1));
  const token = fields.get('token');
  if (token === null) return;
  fields.delete('token');
  history.replaceState(null, '', `#${fields}`);
  await bring(token).catch(() => false);
}

/** Resolves once a token was right. */
function ask(): Promise<void> {
  const field = html('input', { type: 'password', id: 'token', autocomplete: 'off', required: true });
  const trouble = html('p', { class: 'trouble', role: 'alert' });
  const form = html(
    'form',
    { method: 'dialog' },
    html('label', { for: 'token' }, 'Token of this server'),
    field,
    trouble,
    html('button', { type: 'submit' }, 'Open'),
  );
  const dialog = html('dialog', { class: 'sign-in', 'aria-label': 'Token needed' }, form);
  document.body.append(dialog);
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  dialog.showModal();
  return new Promise((resolve) => {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      bring(field.value.trim()).then(
        (isRight) => {
          trouble.textContent = isRight ? '' : 'This is not the token.';
          if (!isRight) return;
          dialog.remove();
          resolve();
        },
        () => {
          trouble.textContent = 'The server does not answer.';
        },
      );
    });
  });
}

let asking: Promise<void> | null = null;

/** For all that was refused meanwhile one question is enough. */
export function signIn(): Promise<void> {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}
