/** Where `Quotas` are injected from. */
export const QUOTAS = Symbol('QUOTAS');
