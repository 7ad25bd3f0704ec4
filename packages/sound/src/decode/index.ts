export { provideMp3Decoder } from './mp3.ts';
export { openSound, sniffSound, type SoundContainer } from './open.ts';
export { MAX_CHANNELS, RATES, type Sound, SOUND_FORMATS, type SoundFormat } from './sound.ts';
