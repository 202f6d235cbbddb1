CREATE TABLE `reports` (
	`id` text PRIMARY KEY NOT NULL,
	`reporter_id` text NOT NULL,
	`kind` text NOT NULL,
	`reported_id` text,
	`conversation_id` text,
	`seq` integer,
	`reason` text NOT NULL,
	`note` text NOT NULL,
	`copies` text NOT NULL,
	`at` integer NOT NULL,
	`resolved_at` integer,
	`resolution` text
);
--> statement-breakpoint
CREATE INDEX `reports_by_time` ON `reports` (`at`,`id`);--> statement-breakpoint
CREATE INDEX `reports_by_reporter` ON `reports` (`reporter_id`);