import { Injectable } from '@nestjs/common';

/** The time by which states of keys are judged. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
