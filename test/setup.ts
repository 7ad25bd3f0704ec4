import fc from 'fast-check';

import { PROPERTY_SEED } from './seed.ts';

// One seed for all properties of a run, so that a failure repeats; fast-check prints it, with the path to the case.
fc.configureGlobal({ seed: PROPERTY_SEED });
