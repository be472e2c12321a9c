/** A browser on a busy machine takes its time; how fast things are is measured in tools/bench. */
export default { testTimeout: 90_000 };
