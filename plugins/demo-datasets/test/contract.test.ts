import { describePluginContract } from '@exact/sdk/testing';
import { fileURLToPath } from 'node:url';

const beside = (id: string): string => fileURLToPath(new URL(`../../${id}`, import.meta.url));
describePluginContract(import.meta.url, { requires: [beside('format-tiff'), beside('format-image')] });
