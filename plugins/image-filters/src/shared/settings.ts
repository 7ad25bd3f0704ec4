/** What the person has set for an image. */
export interface FilterSettings {
  /** Added to each colour, −1…1 where 1 is the whole range from black to white. */
  brightness: number;
  /** −1…1: the range is stretched about mid-grey by 4 to this power, so ¼ to 4 times. */
  contrast: number;
  /** 0.2…5: exponent 1 / gamma, so above 1 makes middle tones lighter. */
  gamma: number;
  invert: boolean;
  /** Brightness only: of all channels, or of those that are on. */
  grey: boolean;
  /** Grey value 0…255 from which a pixel is white instead of black; absent shows the image as it is. */
  threshold: number | null;
  red: boolean;
  green: boolean;
  blue: boolean;
}

export const RANGES = {
  brightness: { min: -1, max: 1, step: 0.01 },
  contrast: { min: -1, max: 1, step: 0.01 },
  gamma: { min: 0.2, max: 5, step: 0.05 },
  threshold: { min: 0, max: 255, step: 1 },
} as const;

export const neutralSettings = (): FilterSettings => ({
  brightness: 0,
  contrast: 0,
  gamma: 1,
  invert: false,
  grey: false,
  threshold: null,
  red: true,
  green: true,
  blue: true,
});

export function isNeutral(settings: FilterSettings): boolean {
  const neutral = neutralSettings();
  return (Object.keys(neutral) as (keyof FilterSettings)[]).every((key) => settings[key] === neutral[key]);
}
