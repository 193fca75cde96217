# Watchpost: writes what is typed in an interactive fish to the spool file of this shell (docs/format/shell-spool.md).
# Builtins only. fish has no clock of its own: times come from /proc/uptime (10 ms), durations from $CMD_DURATION.

status is-interactive; or return 0
set -q _wp_pid; and test "$_wp_pid" = $fish_pid; and return 0
set -g _wp_pid $fish_pid
set -g _wp_sequence 0
set -g _wp_open ''

function _wp_begin_file
    set -l folder /var/spool/watchpost/shells
    set -q WATCHPOST_SPOOL; and set folder $WATCHPOST_SPOOL
    test -d $folder; or return 1
    set -l line
    read line </proc/$fish_pid/stat; or return 1
    set -l stat (string split ' ' -- (string replace -r '^.*\) ' '' -- $line))
    set -l uid (id -u)
    set -g _wp_folder $folder
    set -g _wp_file $folder/f.$uid.$fish_pid.$stat[20].(random)(random)
    set -l mask (umask)
    umask 077
    true 2>/dev/null >>$_wp_file
    set -l made $status
    umask $mask
    test $made = 0; or return 1
    set -l uptime
    set -l rest
    set -l login ''
    set -l audit ''
    set -l boot ''
    read -d ' ' uptime rest </proc/uptime
    test -r /proc/$fish_pid/loginuid; and read login </proc/$fish_pid/loginuid
    test -r /proc/$fish_pid/sessionid; and read audit </proc/$fish_pid/sessionid
    read boot </proc/sys/kernel/random/boot_id
    set -g _wp_boot_us (math (date +%s%6N) - $uptime x 1000000)
    set _wp_sequence 1
    set -l mode i
    status is-login; and set mode l
    printf '\x1eWP1\0S\0%s\0%s\0fish\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0' 1 (math $_wp_boot_us + $uptime x 1000000) $FISH_VERSION $fish_pid $stat[2] $uid $uid "$login" "$audit" $stat[5] $stat[20] "$boot" $hostname "$SSH_CONNECTION" "$SHLVL" "$PWD" $mode 2>/dev/null >>$_wp_file
end

# fish tells the user of a file that it cannot open, whatever is redirected: so it is asked before. The number is used up.
function _wp_can_write
    test -w $_wp_file; or test -w $_wp_folder
end

function _wp_start --on-event fish_preexec
    test "$argv[1]" = ''; and return
    set -l uptime
    set -l rest
    read -d ' ' uptime rest </proc/uptime
    set _wp_sequence (math $_wp_sequence + 1)
    set -l hidden ''
    switch "$argv[1]"
        case ' *'
            set hidden leading-space
    end
    set -q fish_private_mode; and test -n "$fish_private_mode"; and set hidden private-mode
    set _wp_open $_wp_sequence
    set -g _wp_uptime $uptime
    _wp_can_write; or return
    printf '\x1eWP1\0B\0%s\0%s\0h\0%s\0%s\0%s\0' $_wp_sequence (math $_wp_boot_us + $uptime x 1000000) "$PWD" "$hidden" "$argv[1]" 2>/dev/null >>$_wp_file
end

function _wp_end --on-event fish_postexec
    set -l result $status
    set -l pipe "$pipestatus"
    set -l took $CMD_DURATION
    # A Ctrl-C can take the place of the start.
    test -n "$_wp_open"; or _wp_start $argv
    test -n "$_wp_open"; or return
    set _wp_sequence (math $_wp_sequence + 1)
    _wp_can_write; or begin
        set _wp_open ''
        return
    end
    printf '\x1eWP1\0E\0%s\0%s\0%s\0%s\0%s\0' $_wp_sequence (math $_wp_boot_us + $_wp_uptime x 1000000 + "0$took" x 1000) $_wp_open $result "$pipe" 2>/dev/null >>$_wp_file
    set _wp_open ''
end

if not _wp_begin_file
    functions -e _wp_start _wp_end
end
