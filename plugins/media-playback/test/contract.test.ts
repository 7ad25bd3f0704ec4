import { describePluginContract } from '@exact/sdk/testing';

describePluginContract(import.meta.url);
