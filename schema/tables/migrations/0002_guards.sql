ALTER TABLE `profiles` ADD `reach` text;--> statement-breakpoint
ALTER TABLE `profiles` ADD `blocks` text DEFAULT '' NOT NULL;