// Writes docs/keepalived-compat.md from the table of differences: sh scripts/node.sh scripts/compat-doc.mjs
import fs from 'node:fs';
import { compatibilityDocument } from '../test/oracle/document.ts';

fs.writeFileSync(new URL('../docs/keepalived-compat.md', import.meta.url), compatibilityDocument());
