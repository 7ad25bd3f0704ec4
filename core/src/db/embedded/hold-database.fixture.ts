// A program that starts the embedded database, says so, and lives until it is killed: `node hold-database.fixture.ts FOLDER`.
import { startEmbeddedPostgres } from '../embedded.ts';

const [folder = ''] = process.argv.slice(2);
const database = await startEmbeddedPostgres({ dataDir: folder });
process.stdout.write(`${JSON.stringify({ pid: database.pid, connection: database.connection })}\n`);
setInterval(() => {}, 1_000);
