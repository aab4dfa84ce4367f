/**
 * Functions of sprig that Alloy's templates have and these have not: random numbers, certificates, the clock, the
 * environment and what nobody was seen to use on log lines. Named so that a configuration that uses one is told apart
 * from a misspelt name.
 */
const names = `abbrev abbrevboth addf adler32sum ago b32dec b32enc base bcrypt buildCustomCert camelcase chunk clean date
  dateInZone dateModify date_in_zone date_modify decryptAES deepCopy derivePassword dir divf duration durationRound
  encryptAES env expandenv ext fail fromJson genCA genCAWithKey genPrivateKey genSelfSignedCert
  genSelfSignedCertWithKey genSignedCert genSignedCertWithKey getHostByName hello htmlDate htmlDateInZone htpasswd
  indent initials isAbs kebabcase kindIs kindOf maxf minf mulf mustChunk mustDateModify mustDeepCopy mustFromJson
  mustRegexFindAll mustRegexSplit mustToDate mustToJson mustToPrettyJson mustToRawJson must_date_modify nindent now
  osBase osClean osDir osExt osIsAbs plural randAlpha randAlphaNum randAscii randBytes randInt randNumeric regexFindAll
  regexQuoteMeta regexSplit semver semverCompare seq sha1sum sha512sum shuffle snakecase subf swapcase toDate toDecimal
  toJson toPrettyJson toRawJson typeIs typeIsLike typeOf unixEpoch until untilStep untitle urlJoin urlParse uuidv4 wrap
  wrapWith call html js println urlquery`;

const absent: ReadonlySet<string> = new Set(names.split(/\s+/));

export function isAbsentFunction(name: string): boolean {
  return absent.has(name);
}
