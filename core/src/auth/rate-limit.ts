import { RateLimitedError } from '@exact/sdk/contract';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Services } from '../services.ts';
import { clientNetwork } from './client-network.ts';
import { hashSecret } from './secrets.ts';

const WINDOW_S = 15 * 60;
/** Tries in 15 minutes for one account from one address, and for one address over all accounts. */
const PER_ACCOUNT = 10;
const PER_ADDRESS = 100;

/** Slows guessing of passwords and set-up codes down. All processes count together, in the database. */
export interface TryLimiter {
  /**
   * Counts a try before it is made, so that many at once do not slip through.
   *
   * @param account - what is guessed at: a user name, known or not
   * @param address - client address
   * @returns call it when the try went well: it is not counted then
   * @throws {@link RateLimitedError} with the seconds to wait
   */
  begin(account: string, address: string): Promise<() => Promise<void>>;
}

export function createTryLimiter({ database }: Pick<Services, 'database'>): TryLimiter {
  const limiter = (keyPrefix: string, points: number) =>
    new RateLimiterPostgres({
      storeClient: database.pool,
      schemaName: 'core',
      tableName: 'rate_limit',
      tableCreated: true, // by the migration
      keyPrefix,
      points,
      duration: WINDOW_S,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration: WINDOW_S }),
    });
  const ofAccount = limiter('try_account', PER_ACCOUNT);
  const ofAddress = limiter('try_address', PER_ADDRESS);

  return {
    async begin(account, clientAddress) {
      const address = clientNetwork(clientAddress);
      // Hashed: a table of counters must not become a list of names and addresses.
      const place = hashSecret(address).toString('base64url');
      const door = hashSecret(`${account.trim().normalize('NFKC').toLowerCase()}\n${address}`).toString('base64url');
      await consume(ofAddress, place);
      await consume(ofAccount, door);
      return async () => {
        await Promise.all([ofAccount.delete(door), ofAddress.reward(place)]);
      };
    },
  };
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (error instanceof RateLimiterRes)
      throw new RateLimitedError({ retryAfterS: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) });
    throw error;
  }
}
