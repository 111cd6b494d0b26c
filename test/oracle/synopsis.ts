/** What a manual page writes behind a keyword (`<IPADDR> [brd <IPADDR>|-]`), and texts that are written so. */

/** A piece of a synopsis: literal words, an argument to be filled in, something optional, or one of several. */
type Piece =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'argument'; readonly name: string }
  | { readonly kind: 'optional'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'choice'; readonly choices: readonly (readonly Piece[])[] };

const TOKEN = /<[^>]*>|\[|\]|\{|\}|\||\.\.\.|"[^"]*"|[^\s[\]{}|<]+/g;
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' };

/** Texts for one synopsis: the least, the most, and each alternative once. `fill` gives the texts of an argument. */
export function expand(synopsis: string, fill: (argument: string) => readonly string[]): string[] {
  const tokens = [...synopsis.matchAll(TOKEN)].map(([token]) => token);
  const pieces = parse(tokens);
  const most = Math.max(1, ...pieces.map((piece) => width(piece, fill)));
  const texts = [write(pieces, fill, 0, false)];
  for (let index = 0; index < Math.min(most, 16); index++) texts.push(write(pieces, fill, index, true));
  return [...new Set(texts)];
}

/** Reads up to the closing bracket that belongs here, which is taken too. */
function parse(tokens: string[], closing = ''): Piece[] {
  const choices: Piece[][] = [[]];
  for (let token = tokens.shift(); token !== undefined && token !== closing; token = tokens.shift()) {
    const current = choices.at(-1) ?? [];
    const inner = CLOSING[token];
    if (token === '|') choices.push([]);
    else if (token === '...') continue;
    else if (token === '[') current.push({ kind: 'optional', pieces: parse(tokens, inner) });
    else if (token === '{') current.push(...parse(tokens, inner));
    else current.push(pieceOf(token));
  }
  // Without brackets an alternative is one word: `<STRING>|<QUOTED-STRING> [username]`.
  if (closing === '' && choices.length > 1) return looseChoices(choices);
  const [only = []] = choices;
  return choices.length === 1 ? only : [{ kind: 'choice', choices }];
}

function looseChoices(choices: readonly Piece[][]): Piece[] {
  const first = choices[0] ?? [];
  const last = choices.at(-1) ?? [];
  const between = choices.slice(1, -1);
  const alternatives = [first.slice(-1), ...between, last.slice(0, 1)];
  return [...first.slice(0, -1), { kind: 'choice', choices: alternatives }, ...last.slice(1)];
}

const LITERALS = /^(MASTER|BACKUP|PASS|AH|NAT|DR|TUN|TCP|UDP|SCTP|MTU|ADVERT|MII|ETHTOOL|IOCTL|VS)$/;
const ARGUMENTS =
  /^(<.*>|>=.*|[A-Z][A-Z_-]+|username|groupname|ifname2?|(down|up)_delay|nn|-?[0-9]+(\.\.|:|-)[0-9]+)$/;

/** Capitals name arguments, except those that keepalived itself writes in capitals; so does a range. */
function pieceOf(token: string): Piece {
  const isArgument = ARGUMENTS.test(token) && !LITERALS.test(token);
  return isArgument ? { kind: 'argument', name: token } : { kind: 'word', text: token };
}

function width(piece: Piece, fill: (argument: string) => readonly string[]): number {
  switch (piece.kind) {
    case 'word':
      return 1;
    case 'argument':
      return fill(piece.name).length;
    case 'optional':
      return Math.max(1, ...piece.pieces.map((inner) => width(inner, fill)));
    default:
      return piece.choices.length;
  }
}

function write(
  pieces: readonly Piece[],
  fill: (argument: string) => readonly string[],
  index: number,
  optional: boolean,
): string {
  const text = pieces.map((piece) => {
    switch (piece.kind) {
      case 'word':
        return piece.text;
      case 'argument': {
        const texts = fill(piece.name);
        return texts[index % texts.length] ?? '';
      }
      case 'optional':
        return optional ? write(piece.pieces, fill, index, true) : '';
      default:
        return write(piece.choices[index % piece.choices.length] ?? [], fill, index, optional);
    }
  });
  return text
    .filter((word) => word !== '')
    .join(' ')
    .replaceAll(' / ', '/');
}
