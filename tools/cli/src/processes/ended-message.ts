import type { Ending } from './child-service.js';
import { lastLines } from './log-file.js';

/** Which process ended, how, and what it said last. */
export function endedMessage(name: string, { code, signal }: Ending, logFile: string): string {
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  const lines = lastLines(logFile, 8);
  return `${name} ${how}.${lines ? ` Its last log lines (${logFile}):\n${lines}` : ` It logged nothing (${logFile}).`}`;
}
