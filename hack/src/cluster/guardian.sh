# Owns one cluster: its folder and all of its processes. Standard input is a pipe whose only writer
# is the process that wants the cluster; when that process ends, whatever way, reading ends too, and
# everything is taken down.
#
# Lines on standard input: `start NAME` runs run/NAME.sh, `detach` keeps all until a TERM comes.
# While a program runs run/NAME.pid holds its id; when it has ended run/NAME.exit holds its exit
# code.

dir=$1
supervisors=

# Runs one program. A TERM from the guardian always reaches this shell and never the program itself,
# so no program can be missed: the shell either has not started it, and then never will, or knows it
# as its last background process.
supervise() {
    before=$!
    trap '[ "$!" = "$before" ] || kill -KILL $! 2>/dev/null; wait; exit' TERM
    sh "$1.sh" >>"$1.log" 2>&1 </dev/null &
    echo $! >"$1.pid"
    wait $!
    code=$?
    rm -f "$1.pid"
    echo $code >"$1.new"
    mv "$1.new" "$1.exit"
}

clean_up() {
    trap '' HUP INT TERM
    # What runs here holds nothing worth a graceful end, so that it can be quick and certain.
    kill -TERM $supervisors 2>/dev/null
    wait
    rm -rf "$dir"
    exit
}

message=$(mkdir -m 700 "$dir" "$dir/run" 2>&1) || {
    echo "$message"
    exit 1
}
cd "$dir" || exit 1
trap clean_up HUP INT TERM
echo ready
exec >"$dir/guardian.log" 2>&1

while read -r verb name; do
    case $verb in
    start)
        supervise "$dir/run/$name" &
        supervisors="$supervisors $!"
        ;;
    detach)
        trap '' HUP
        echo detached >"$dir/detached"
        wait
        ;;
    esac
done
clean_up
