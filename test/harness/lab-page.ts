const server = `
  const [host, port] = process.argv.at(-1).split(':');
  const server = require('node:http').createServer((_, response) => response.end('page'));
  server.on('error', (error) => { console.error(error.message); process.exit(1); });
  server.listen(Number(port), host, () => console.log('listening on http://' + host + ':' + server.address().port + '/'));`;

/** Command of a page server that keeps the contract of `relive view --listen` and nothing else; always on a free port. */
export function servePageForTest(): readonly string[] {
  return [process.execPath, '-e', server, '127.0.0.1:0'];
}
