// Ends a worker of jest as soon as it has nothing left to do. Left alone, it would first take its heap of hundreds of megabytes apart,
// and on a busy machine that outlasts the 500 ms after which jest says that it "has failed to exit gracefully". Whatever a test has left
// open still keeps the worker alive, and is told of.
if (process.argv[1]?.includes('jest-worker')) process.once('beforeExit', () => process.exit());
