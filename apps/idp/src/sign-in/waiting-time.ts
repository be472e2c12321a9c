/** A waiting time in words, rounded up: "1 second", "40 seconds", "2 minutes", "1 hour". */
export const waitingTime = (seconds: number): string => {
  if (seconds < 60) return counted(Math.max(1, Math.ceil(seconds)), 'second');
  if (seconds < 60 * 60) return counted(Math.ceil(seconds / 60), 'minute');
  return counted(Math.ceil(seconds / (60 * 60)), 'hour');
};

const counted = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`;
