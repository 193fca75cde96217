# Watchpost: writes what is typed in an interactive fish to the spool file of this shell (docs/format/shell-spool.md); of a
# fish that sshd gave a command (`ssh host command`), that command.
# Builtins only. fish has no clock of its own: times come from /proc/uptime (10 ms), durations from $CMD_DURATION. A command
# substitution, even of a builtin, costs more than all the rest of a record: so times are written as sums, for the reader to add
# up, and numbers are taken from a list.

# Not for scripts, nor for what other programs run by `fish -c`; and once in a shell. One block around it all: before fish 3.4 a
# file that is sourced cannot return.
if begin
        status is-interactive; or set -q SSH_CONNECTION
    end; and not test "$_wp_pid" = $fish_pid
    set -g _wp_pid $fish_pid
    set -g _wp_hundreds 0
    set -g _wp_numbers {2,3,4,5,6,7,8,9} 1{0,1,2,3,4,5,6,7,8,9}
    set -g _wp_open ''
    set -g _wp_mode i
    status is-login; and set _wp_mode l

    # The first record. Arguments: letter of the file, mode.
    function _wp_begin_file
        set -l folder /var/spool/watchpost/shells
        set -q WATCHPOST_SPOOL; and set folder $WATCHPOST_SPOOL
        test -d $folder; or return 1
        set -l line
        read line </proc/$fish_pid/stat; or return 1
        set -l stat (string split ' ' -- (string replace -r '^.*\) ' '' -- $line))
        set -l uids
        while read -a uids
            test "$uids[1]" = Uid:; and break
        end </proc/$fish_pid/status
        set -l uid $uids[3]
        set -l file $folder/$argv[1].$uid.$fish_pid.$stat[20].(random)(random)
        test -w $folder; or return 1
        set -l mask (umask)
        umask 077
        true 2>/dev/null >>$file
        set -l made $status
        umask $mask
        test $made = 0; or return 1
        set -g _wp_folder $folder
        set -g _wp_file $file
        set -g _wp_uptime
        set -l rest
        set -l login ''
        set -l audit ''
        set -l boot ''
        # The uptime after the clock: starting `date` takes long on a busy machine, and it looks at the clock last.
        set -l now (date +%s%6N)
        read -d ' ' _wp_uptime rest </proc/uptime
        test -r /proc/$fish_pid/loginuid; and read login </proc/$fish_pid/loginuid
        test -r /proc/$fish_pid/sessionid; and read audit </proc/$fish_pid/sessionid
        read boot </proc/sys/kernel/random/boot_id
        # Without places: some versions give quarters of a microsecond.
        set -g _wp_boot_us (math -s0 $now - $_wp_uptime x 1000000)
        printf '\x1eWP1\0S\0%s\0%s\0fish\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0%s\0' 1 (math -s0 $_wp_boot_us + $_wp_uptime x 1000000) $FISH_VERSION $fish_pid $stat[2] $uids[2] $uid "$login" "$audit" $stat[5] $stat[20] "$boot" $hostname "$SSH_CONNECTION" "$SHLVL" "$PWD" $argv[2] 2>/dev/null >>$_wp_file
    end

    # fish tells the user of a file that it cannot open, whatever is redirected: so it is asked before. The number is used up.
    function _wp_can_write
        set -q _wp_file; or return
        test -w $_wp_file; or test -w $_wp_folder
    end

    # The next hundred numbers.
    function _wp_count_on
        set -l digits 0 1 2 3 4 5 6 7 8 9
        set -g _wp_numbers
        if test $_wp_hundreds = 0
            for tens in 2 3 4 5 6 7 8 9
                set -a _wp_numbers $tens$digits
            end
        else
            for tens in $digits
                set -a _wp_numbers $_wp_hundreds$tens$digits
            end
        end
        set -g _wp_hundreds (math $_wp_hundreds + 1)
    end

    function _wp_start --on-event fish_preexec
        test "$argv[1]" = ''; and return
        read -l -d ' ' uptime rest </proc/uptime
        set -q _wp_numbers[1]; or _wp_count_on
        set _wp_open $_wp_numbers[1]
        set -e _wp_numbers[1]
        set -l hidden ''
        switch "$argv[1]"
            case ' *'
                set hidden leading-space
        end
        test -n "$fish_private_mode"; and set hidden private-mode
        set -q _wp_file; or _wp_begin_file f $_wp_mode
        set -g _wp_uptime $uptime
        test -w "$_wp_file"; or _wp_can_write; or return
        printf '\x1eWP1\0B\0%s\0%s\0h\0%s\0%s\0%s\0' $_wp_open "$_wp_boot_us+$uptime" "$PWD" "$hidden" "$argv[1]" 2>/dev/null >>$_wp_file
    end

    function _wp_end --on-event fish_postexec
        set -l result $status
        set -l pipe "$pipestatus"
        set -l took $CMD_DURATION
        # A Ctrl-C can take the place of the start.
        test -n "$_wp_open"; or _wp_start $argv
        test -n "$_wp_open"; or return
        set -q _wp_numbers[1]; or _wp_count_on
        set -l number $_wp_numbers[1]
        set -e _wp_numbers[1]
        set -l open $_wp_open
        set _wp_open ''
        test -w "$_wp_file"; or _wp_can_write; or return
        printf '\x1eWP1\0E\0%s\0%s\0%s\0%s\0%s\0' $number "$_wp_boot_us+$_wp_uptime+0$took" $open $result "$pipe" 2>/dev/null >>$_wp_file
    end

    # The command that sshd gave this shell: the parent tells it from every other `fish -c`.
    function _wp_command
        set -l line
        read line </proc/$fish_pid/stat
        set -l parent (string split ' ' -- (string replace -r '^.*\) ' '' -- $line))[2]
        test -r /proc/$parent/comm; and read parent </proc/$parent/comm; or return
        contains -- $parent sshd sshd-session dropbear; or return
        set -l words (string split0 </proc/$fish_pid/cmdline)
        test "$words[2]" = -c; or return
        _wp_begin_file c c; or return
        printf '\x1eWP1\0B\0002\0%s\0h\0%s\0\0%s\0' (math -s0 $_wp_boot_us + $_wp_uptime x 1000000) "$PWD" "$words[3]" 2>/dev/null >>$_wp_file
        function _wp_command_end --on-event fish_exit
            set -l result $status
            set -l pipe "$pipestatus"
            set -l uptime
            set -l rest
            read -d ' ' uptime rest </proc/uptime
            _wp_can_write; or return
            printf '\x1eWP1\0E\0003\0%s\0002\0%s\0%s\0' (math -s0 $_wp_boot_us + $uptime x 1000000) $result "$pipe" 2>/dev/null >>$_wp_file
        end
    end

    if status is-interactive
        # Without a file (no folder yet) all goes on the same: numbers are used up, and each command tries again.
        _wp_begin_file f $_wp_mode
    else
        functions -e _wp_start _wp_end
        _wp_command
    end
end
