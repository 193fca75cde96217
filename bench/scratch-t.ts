const [file, name, quick] = process.argv.slice(2);
const m = await import(file!);
console.log(await m[name!].run({ quick: quick === 'quick', log: (l: string) => console.log(l) }));
