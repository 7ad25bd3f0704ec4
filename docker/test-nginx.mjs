// Runs docker/nginx/exact.conf under this machine's nginx, by hand, without Docker: as an ordinary account, on ports of
// 127.0.0.1, with a certificate made for the moment.
//
//   node docker/test-nginx.mjs http://127.0.0.1:8000
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CONF = fileURLToPath(new URL('nginx/exact.conf', import.meta.url));

/** Finds nginx and openssl. Debian keeps nginx in /usr/sbin, which is not on everybody's path. */
export function findNginx() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const find = (name) => folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const [nginx, openssl] = [find('nginx'), find('openssl')];
  return nginx && openssl ? { nginx, openssl } : undefined;
}

/**
 * Starts nginx with the shipped configuration in front of a server.
 *
 * @param upstream - address of the server, such as `http://127.0.0.1:8000`
 * @returns addresses of both ports, the certificate, the result of `nginx -t`, the error log so far, and a stop
 */
export async function startNginx(upstream) {
  const programs = findNginx();
  if (!programs) throw new Error('nginx and openssl are needed: apt-get install nginx openssl');
  const folder = mkdtempSync(join(tmpdir(), 'exact-nginx-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const [tlsPort, plainPort] = [await freePort(), await freePort()];
    const certificate = makeCertificate(programs.openssl, folder);
    const conf = join(folder, 'nginx.conf');
    writeFileSync(
      join(folder, 'exact.conf'),
      adapt(readFileSync(CONF, 'utf8'), { folder, upstream, tlsPort, plainPort }),
    );
    writeFileSync(conf, mainConfiguration(folder));
    const account = giveToNobody(folder);
    const args = ['-e', join(folder, 'error.log'), '-p', folder, '-c', conf];
    const check = await runToEnd(programs.nginx, [...args, '-t'], account);
    const child = spawn(programs.nginx, args, { ...account, cwd: '/', stdio: 'inherit' });
    const ended = once(child, 'exit');
    await untilListening(tlsPort, child);
    return {
      url: `https://127.0.0.1:${tlsPort}`,
      plainUrl: `http://127.0.0.1:${plainPort}`,
      certificate,
      check,
      errors: () => readFileSync(join(folder, 'error.log'), 'utf8'),
      stop: async () => {
        child.kill('SIGTERM');
        await ended;
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Sets addresses and folders of this machine; every replacement must find its place, so that a changed file is noticed. */
export function adapt(text, { folder, upstream, tlsPort, plainPort }) {
  const replacements = [
    ['server app:8000;', `server ${new URL(upstream).host};`],
    ['listen 8080;', `listen 127.0.0.1:${plainPort};`],
    ['listen 8443 ssl http2;', `listen 127.0.0.1:${tlsPort} ssl http2;`],
    ['/var/cache/nginx/exact', join(folder, 'cache')],
    ['/etc/nginx/tls/fullchain.pem', join(folder, 'fullchain.pem')],
    ['/etc/nginx/tls/privkey.pem', join(folder, 'privkey.pem')],
  ];
  return replacements.reduce((result, [from, to]) => {
    if (result.split(from).length !== 2) throw new Error(`docker/nginx/exact.conf should hold "${from}" exactly once`);
    return result.replace(from, () => to);
  }, text);
}

const mainConfiguration = (folder) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  include ${folder}/exact.conf;
}
`;

function makeCertificate(openssl, folder) {
  const [key, certificate] = [join(folder, 'privkey.pem'), join(folder, 'fullchain.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(openssl, ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...subject], {
    stdio: 'ignore',
  });
  return readFileSync(certificate, 'utf8');
}

/** As root, everything runs as `nobody`, as it does in the container: nothing may need more. */
function giveToNobody(folder) {
  mkdirSync(join(folder, 'cache'));
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = [65534, 65534];
  for (const name of ['', 'cache', 'privkey.pem', 'fullchain.pem', 'nginx.conf', 'exact.conf'])
    chownSync(join(folder, name), uid, gid);
  chmodSync(folder, 0o700);
  return { uid, gid };
}

async function runToEnd(program, args, account) {
  const child = spawn(program, args, { ...account, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  return { code, output };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port, child) {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (child.exitCode !== null) throw new Error(`nginx ended with code ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await delay(20);
  }
  throw new Error('nginx does not listen');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [upstream = 'http://127.0.0.1:8000'] = process.argv.slice(2);
  const nginx = await startNginx(upstream);
  console.log(
    `${nginx.check.output.trim()}\nnginx serves ${upstream} at ${nginx.url} (certificate made for now). Ctrl-C ends it.`,
  );
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void nginx.stop());
}
