// The modules that the components share; each is imported by name, such as "deskwatch/feed.js".
export * from "./feed.js";
