/**
 * Rows: the VEX-encoded instructions on general registers, BMI1 and BMI2. All want VEX.L = 0; VEX.W is the operand
 * size.
 *
 * Spec: SDM volume 2, table A-4 and group 17 of table A-6.
 */
export const VEX_ROWS = `
  VEX.NP.0F38 F2    | ANDN Gy,By,Ey  | andn   | w:oszc u:ap feature=BMI1
  VEX.NP.0F38 F3 /1 | BLSR By,Ey     | blsr   | w:oszc u:ap feature=BMI1
  VEX.NP.0F38 F3 /2 | BLSMSK By,Ey   | blsmsk | w:oszc u:ap feature=BMI1
  VEX.NP.0F38 F3 /3 | BLSI By,Ey     | blsi   | w:oszc u:ap feature=BMI1
  VEX.NP.0F38 F7    | BEXTR Gy,Ey,By | bextr  | w:ozc u:sap feature=BMI1
  VEX.NP.0F38 F5    | BZHI Gy,Ey,By  | bzhi   | w:oszc u:ap feature=BMI2
  VEX.F3.0F38 F5    | PEXT Gy,By,Ey  | pext   | feature=BMI2
  VEX.F2.0F38 F5    | PDEP Gy,By,Ey  | pdep   | feature=BMI2
  VEX.F2.0F38 F6    | MULX Gy,By,Ey  | mulx   | feature=BMI2
  VEX.66.0F38 F7    | SHLX Gy,Ey,By  | shlx   | feature=BMI2
  VEX.F3.0F38 F7    | SARX Gy,Ey,By  | sarx   | feature=BMI2
  VEX.F2.0F38 F7    | SHRX Gy,Ey,By  | shrx   | feature=BMI2
  VEX.F2.0F3A F0    | RORX Gy,Ey,Ib  | rorx   | feature=BMI2
`;
