/** Owns the tables of the inbox side; tables.ts puts them in order with the others. */
export const inboxTables = "SELECT 1";
