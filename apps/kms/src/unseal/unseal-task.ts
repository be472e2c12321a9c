/** Work that must be done after the barrier opens and before the kms counts as unsealed. */
export abstract class UnsealTask {
  abstract run(): Promise<void>;
}
