/** `npm run faults:long` sets for how long, and lets the storms be as large as they are asked for. */
export const longRunMinutes = (): number => Number(process.env['DUKAO_FAULTS_MINUTES'] ?? 0);
export const isLongRun = (): boolean => longRunMinutes() > 0;
