#!/bin/sh
# Stands in for workerd: notes the pid before workerd takes it over, so that whoever must kill it never reads an old one.
echo $$ > "$PARLEY_WORKERD_PID_FILE"
exec "$PARLEY_WORKERD" "$@"
