const language = document.documentElement.lang || 'en';
export const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
export const oneDecimal = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
export const twoDecimals = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
export const upToTwo = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
export const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
export const upToThree = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
