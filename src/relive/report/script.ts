/** Comfort, nothing more: everything can be read without it. Opens all that is folded, also for paper. */
export const SCRIPT = [
  "const folded=()=>document.querySelectorAll('details');",
  "const button=document.getElementById('unfold');",
  'button.hidden=false;',
  "button.addEventListener('click',()=>{const open=![...folded()].every((d)=>d.open);for(const d of folded())d.open=open});",
  "addEventListener('beforeprint',()=>{for(const d of folded())d.open=true});",
].join('');
