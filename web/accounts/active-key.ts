/** The name under which this browser, and this tab, keep which account was shown last. The build reads it, too. */
export const activeKey = "parley.active-account";
