/** Entry of the page. */
import { App } from './app.ts';
import { signInByAddress } from './sign-in.ts';

void signInByAddress().then(() => new App().start());
