/** Entry of the page. */
import { App } from './app.ts';

void new App().start();
