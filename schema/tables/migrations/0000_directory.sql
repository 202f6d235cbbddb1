CREATE TABLE `handles` (
	`handle` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`claimed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `profile_words` (
	`word` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`word`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `profile_words_by_user` ON `profile_words` (`user_id`,`word`);--> statement-breakpoint
CREATE TABLE `profiles` (
	`id` text PRIMARY KEY NOT NULL,
	`handle` text,
	`name` text NOT NULL,
	`bio` text NOT NULL,
	`avatar_url` text,
	`changed_at` integer NOT NULL
);
